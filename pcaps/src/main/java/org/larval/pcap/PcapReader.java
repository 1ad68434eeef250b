package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads pcap (draft-ietf-opsawg-pcap).
 *
 * <pre>
 *  magic 4 | version 2+2 | reserved 8 | snap length 4 | link type 4
 *  seconds 4 | fraction 4 | captured length 4 | original length 4 | data     (each frame)
 * </pre>
 */
final class PcapReader implements CaptureReader {
  static final int MICROSECONDS = 0xa1b2_c3d4;
  static final int MICROSECONDS_SWAPPED = 0xd4c3_b2a1;
  static final int NANOSECONDS = 0xa1b2_3c4d;
  static final int NANOSECONDS_SWAPPED = 0x4d3c_b2a1;

  private static final int FILE_HEADER_REST = 20;
  private static final int RECORD_HEADER = 16;

  /** The bits above tell about frame check sequences. */
  private static final int LINK_TYPE_BITS = 0x03ff_ffff;

  private final CaptureInput input;
  private final boolean swapped;
  private final long fractionNanos;
  private final CaptureInterface only;
  private final byte[] header = new byte[RECORD_HEADER];
  private final ByteBuf headerView = Unpooled.wrappedBuffer(header);
  private long frames;
  private boolean ended;

  PcapReader(CaptureInput input, boolean swapped, long fractionNanos) throws CaptureException {
    this.input = input;
    this.swapped = swapped;
    this.fractionNanos = fractionNanos;
    ByteBuf rest = input.bytes(FILE_HEADER_REST, "the file header");
    int major = swapped ? rest.getUnsignedShortLE(0) : rest.getUnsignedShort(0);
    if (major != 2) {
      throw input.damage(
          "pcap version " + major + " is unknown", "convert it with editcap -F pcapng");
    }
    int linkType = word(rest, 16) & LINK_TYPE_BITS;
    only = new CaptureInterface(0, null, linkType, Integer.toUnsignedLong(word(rest, 12)));
  }

  private int word(ByteBuf bytes, int index) {
    return swapped ? bytes.getIntLE(index) : bytes.getInt(index);
  }

  @Override
  public @Nullable CapturedFrame next() throws CaptureException {
    if (ended) {
      return null;
    }
    ended = true; // stays so if anything below is damaged
    input.begin();
    int got = input.read(header, 0, RECORD_HEADER);
    if (got == 0) {
      return null;
    }
    if (got < RECORD_HEADER) {
      throw input.damage(
          "the file ends inside a frame's header (" + got + " of " + RECORD_HEADER + " bytes)",
          "frames before this were read; record again or copy the file completely");
    }
    int captured = word(headerView, 8);
    if (captured < 0 || captured > MAX_FRAME) {
      throw input.damage(
          "a frame claims "
              + Integer.toUnsignedLong(captured)
              + " captured bytes, more than "
              + MAX_FRAME,
          "the file is damaged here; frames before this were read");
    }
    int original = word(headerView, 12);
    if (original < 0) {
      throw input.damage(
          "a frame claims an original length of " + Integer.toUnsignedLong(original) + " bytes",
          "the file is damaged here; frames before this were read");
    }
    long seconds = Integer.toUnsignedLong(word(headerView, 0));
    long fraction = Integer.toUnsignedLong(word(headerView, 4));
    ByteBuf data = input.bytes(captured, "a frame");
    ended = false;
    frames++;
    return new CapturedFrame(
        seconds * 1_000_000_000L + fraction * fractionNanos,
        0,
        only.linkType(),
        data,
        Math.max(original, captured),
        FrameDirection.UNKNOWN,
        null);
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return List.of(only);
  }

  @Override
  public @Nullable String comment() {
    return null;
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long frames() {
    return frames;
  }

  @Override
  public void close() {
    ended = true;
    input.close();
  }
}
