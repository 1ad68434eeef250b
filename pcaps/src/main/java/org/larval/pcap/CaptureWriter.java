package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a capture in the lab's time. For use from one thread; what is written is buffered until
 * {@link #flush()} or {@link #close()}. The same calls give the same bytes.
 *
 * <p>All methods throw {@link UncheckedIOException} with the file's name when the disk fails: a
 * capture is a side effect of engines that have no way to handle it.
 */
public sealed interface CaptureWriter extends AutoCloseable permits PcapWriter, PcapngWriter {
  /** When a lab in virtual time begins: 2000-01-01T00:00:00Z in nanoseconds since 1970. */
  long LAB_EPOCH_NANOS = 946_684_800_000_000_000L;

  /**
   * Writes one frame; what lies beyond {@link CaptureReader#MAX_FRAME} bytes is cut off.
   *
   * @param nanosSinceLabStart when, in nanoseconds since the lab began
   * @param iface what {@link PcapngWriter#addInterface} answered, 0 for pcap
   * @param frame the bytes between its indexes, which do not move
   * @param comment shown by Wireshark beside the frame; pcap has no place for it
   */
  void write(
      long nanosSinceLabStart,
      int iface,
      ByteBuf frame,
      FrameDirection direction,
      @Nullable String comment);

  /** Writes one frame without a direction. */
  default void write(long nanosSinceLabStart, int iface, ByteBuf frame, @Nullable String comment) {
    write(nanosSinceLabStart, iface, frame, FrameDirection.UNKNOWN, comment);
  }

  /** Hands what is buffered to the operating system. */
  void flush();

  /** Writes what is buffered and closes the file. Closing again does nothing. */
  @Override
  void close();
}
