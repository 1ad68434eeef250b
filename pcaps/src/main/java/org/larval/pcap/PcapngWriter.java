package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes pcapng: one little-endian section, interfaces by name, nanoseconds, directions, comments.
 */
public final class PcapngWriter implements CaptureWriter {
  private static final int ORDER_MAGIC = 0x1a2b_3c4d;
  private static final int INTERFACE = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int OPT_COMMENT = 1;
  private static final int SHB_USERAPPL = 4;
  private static final int IF_NAME = 2;
  private static final int IF_TSRESOL = 9;
  private static final int EPB_FLAGS = 2;

  /** An option's length has 16 bits; this leaves room to pad and to cut between characters. */
  private static final int MAX_TEXT = 65_532;

  private final CaptureOutput output;
  private final long epochNanos;
  private int interfaces;

  /**
   * Writes to a stream, which is closed with the writer.
   *
   * @param name names the stream in errors
   * @param comment of the whole section, or null
   * @param epochNanos when the lab began, in nanoseconds since 1970, not negative
   */
  public PcapngWriter(OutputStream stream, String name, @Nullable String comment, long epochNanos) {
    this(new CaptureOutput(stream, name), comment, epochNanos);
  }

  private PcapngWriter(CaptureOutput output, @Nullable String comment, long epochNanos) {
    this.output = output;
    this.epochNanos = epochNanos;
    int start = begin(PcapngReader.SECTION_HEADER);
    output.bytes.writeIntLE(ORDER_MAGIC).writeShortLE(1).writeShortLE(0).writeLongLE(-1);
    if (comment != null) {
      option(OPT_COMMENT, comment);
    }
    option(SHB_USERAPPL, "larval");
    endOfOptions();
    end(start);
  }

  /** Replaces a file; the lab begins at {@link #LAB_EPOCH_NANOS}. */
  public static PcapngWriter create(Path file, @Nullable String comment) throws IOException {
    return new PcapngWriter(CaptureOutput.create(file), comment, LAB_EPOCH_NANOS);
  }

  /**
   * Describes an interface; possible at any time.
   *
   * @return its number for {@link #write}, from 0
   */
  public int addInterface(String name, LinkType linkType) {
    output.ready();
    int start = begin(INTERFACE);
    output.bytes.writeShortLE(linkType.number()).writeShortLE(0);
    output.bytes.writeIntLE(CaptureReader.MAX_FRAME);
    option(IF_NAME, name);
    output.bytes.writeShortLE(IF_TSRESOL).writeShortLE(1).writeIntLE(9);
    endOfOptions();
    end(start);
    return interfaces++;
  }

  @Override
  public void write(
      long nanosSinceLabStart,
      int iface,
      ByteBuf frame,
      FrameDirection direction,
      @Nullable String comment) {
    if (iface < 0 || iface >= interfaces) {
      throw new IllegalArgumentException("no interface " + iface + " of " + interfaces);
    }
    output.ready();
    ByteBuf bytes = output.bytes;
    long nanos = epochNanos + nanosSinceLabStart;
    int original = frame.readableBytes();
    int captured = Math.min(original, CaptureReader.MAX_FRAME);
    int start = begin(ENHANCED_PACKET);
    bytes.writeIntLE(iface);
    bytes.writeIntLE((int) (nanos >>> 32)).writeIntLE((int) nanos);
    bytes.writeIntLE(captured).writeIntLE(original);
    bytes.writeBytes(frame, frame.readerIndex(), captured).writeZero(-captured & 3);
    if (comment != null) {
      option(OPT_COMMENT, comment);
    }
    if (direction != FrameDirection.UNKNOWN) {
      bytes.writeShortLE(EPB_FLAGS).writeShortLE(4);
      bytes.writeIntLE(direction == FrameDirection.INBOUND ? 1 : 2);
    }
    if (comment != null || direction != FrameDirection.UNKNOWN) {
      endOfOptions();
    }
    end(start);
  }

  private int begin(int type) {
    int start = output.bytes.writerIndex();
    output.bytes.writeIntLE(type).writeIntLE(0);
    return start;
  }

  private void end(int start) {
    int length = output.bytes.writerIndex() + 4 - start;
    output.bytes.setIntLE(start + 4, length).writeIntLE(length);
  }

  private void endOfOptions() {
    output.bytes.writeIntLE(0);
  }

  private void option(int code, String text) {
    byte[] value = text.getBytes(StandardCharsets.UTF_8);
    int length = value.length;
    if (length > MAX_TEXT) {
      length = MAX_TEXT;
      while ((value[length] & 0xc0) == 0x80) {
        length--; // not inside a character
      }
    }
    output.bytes.writeShortLE(code).writeShortLE(length);
    output.bytes.writeBytes(value, 0, length).writeZero(-length & 3);
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
