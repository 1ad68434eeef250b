package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes pcap with nanoseconds, little-endian. The format knows one interface and neither
 * directions nor comments; for those there is {@link PcapngWriter}.
 */
public final class PcapWriter implements CaptureWriter {
  private final CaptureOutput output;
  private final long epochNanos;

  /**
   * Writes to a stream, which is closed with the writer.
   *
   * @param name names the stream in errors
   * @param epochNanos when the lab began, in nanoseconds since 1970, not negative
   */
  public PcapWriter(OutputStream stream, String name, LinkType linkType, long epochNanos) {
    this(new CaptureOutput(stream, name), linkType, epochNanos);
  }

  private PcapWriter(CaptureOutput output, LinkType linkType, long epochNanos) {
    this.output = output;
    this.epochNanos = epochNanos;
    output
        .bytes
        .writeIntLE(PcapReader.NANOSECONDS)
        .writeShortLE(2)
        .writeShortLE(4)
        .writeLongLE(0)
        .writeIntLE(CaptureReader.MAX_FRAME)
        .writeIntLE(linkType.number());
  }

  /** Replaces a file; the lab begins at {@link #LAB_EPOCH_NANOS}. */
  public static PcapWriter create(Path file, LinkType linkType) throws IOException {
    return new PcapWriter(CaptureOutput.create(file), linkType, LAB_EPOCH_NANOS);
  }

  @Override
  public void write(
      long nanosSinceLabStart,
      int iface,
      ByteBuf frame,
      FrameDirection direction,
      @Nullable String comment) {
    output.ready();
    long nanos = epochNanos + nanosSinceLabStart;
    int original = frame.readableBytes();
    int captured = Math.min(original, CaptureReader.MAX_FRAME);
    output
        .bytes
        .writeIntLE((int) (nanos / 1_000_000_000L))
        .writeIntLE((int) (nanos % 1_000_000_000L))
        .writeIntLE(captured)
        .writeIntLE(original)
        .writeBytes(frame, frame.readerIndex(), captured);
  }

  @Override
  public void flush() {
    output.flush();
  }

  @Override
  public void close() {
    output.close();
  }
}
