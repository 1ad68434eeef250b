package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads pcapng (draft-ietf-opsawg-pcapng): section headers, interfaces, and enhanced, simple and
 * old packet blocks; passes over all others.
 *
 * <pre>
 *  type 4 | total length 4 | body | options (code 2, length 2, value padded to 4)* | total length 4
 * </pre>
 */
final class PcapngReader implements CaptureReader {
  static final int SECTION_HEADER = 0x0a0d_0d0a;

  private static final int INTERFACE = 1;
  private static final int OLD_PACKET = 2;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;

  private static final int ORDER_MAGIC = 0x1a2b_3c4d;
  private static final int FRAME_OF_BLOCK = 12;

  /** A frame of the largest size with the largest set of options that anybody writes. */
  private static final int MAX_BLOCK = 1 << 20;

  private static final int MAX_INTERFACES = 4096;

  private static final int MAX_NAME = 256;

  private static final int OPT_END = 0;
  private static final int OPT_COMMENT = 1;
  private static final int OPT_FLAGS = 2;
  private static final int IF_NAME = 2;
  private static final int IF_TSRESOL = 9;
  private static final int IF_TSOFFSET = 14;

  private static final String DAMAGED = "the file is damaged here; frames before this were read";

  private final CaptureInput input;
  private final List<CaptureInterface> interfaces = new ArrayList<>();
  private final List<Ticks> ticks = new ArrayList<>();
  private final byte[] blockHeader = new byte[8];
  private final ByteBuf headerView = Unpooled.wrappedBuffer(blockHeader);
  private @Nullable String comment;
  private boolean little;
  private int firstOfSection;
  private long lastTimestamp;
  private long frames;
  private boolean ended;

  /** Reads the section header whose type was read already. */
  PcapngReader(CaptureInput input) throws CaptureException {
    this.input = input;
    System.arraycopy(new byte[] {0x0a, 0x0d, 0x0d, 0x0a}, 0, blockHeader, 0, 4);
    byte[] length = new byte[4];
    if (input.read(length, 0, 4) < 4) {
      throw input.damage("the file ends inside its section header", "record the capture again");
    }
    System.arraycopy(length, 0, blockHeader, 4, 4);
    section();
  }

  private int word(ByteBuf bytes, int index) {
    return little ? bytes.getIntLE(index) : bytes.getInt(index);
  }

  private int half(ByteBuf bytes, int index) {
    return little ? bytes.getUnsignedShortLE(index) : bytes.getUnsignedShort(index);
  }

  @Override
  public @Nullable CapturedFrame next() throws CaptureException {
    if (ended) {
      return null;
    }
    ended = true; // stays so if anything below is damaged
    CapturedFrame frame = null;
    while (frame == null) {
      input.begin();
      int got = input.read(blockHeader, 0, 8);
      if (got == 0) {
        return null;
      }
      if (got < 8) {
        throw input.damage(
            "the file ends inside a block's header (" + got + " of 8 bytes)",
            "frames before this were read; record again or copy the file completely");
      }
      frame = block();
    }
    ended = false;
    frames++;
    return frame;
  }

  private @Nullable CapturedFrame block() throws CaptureException {
    int type = word(headerView, 0);
    switch (type) {
      case SECTION_HEADER -> section();
      case INTERFACE -> describe(body(8, "an interface block"));
      case ENHANCED_PACKET -> {
        return enhanced(body(20, "an enhanced packet block"), false);
      }
      case OLD_PACKET -> {
        return enhanced(body(20, "a packet block"), true);
      }
      case SIMPLE_PACKET -> {
        return simple(body(4, "a simple packet block"));
      }
      default -> {
        long length = Integer.toUnsignedLong(word(headerView, 4));
        checkLength(length, 0, Long.MAX_VALUE);
        input.skip(length - FRAME_OF_BLOCK, "a block of type " + Integer.toUnsignedString(type));
        trailer((int) length);
      }
    }
    return null;
  }

  /** The body of the block, both lengths checked. */
  private ByteBuf body(int least, String what) throws CaptureException {
    long length = Integer.toUnsignedLong(word(headerView, 4));
    checkLength(length, least, MAX_BLOCK);
    ByteBuf body = input.bytes((int) length - FRAME_OF_BLOCK, what);
    trailer((int) length);
    return body;
  }

  private void checkLength(long length, int least, long most) throws CaptureException {
    if (length < FRAME_OF_BLOCK + least || length > most || (length & 3) != 0) {
      throw input.damage("a block claims an impossible length of " + length + " bytes", DAMAGED);
    }
  }

  private void trailer(int length) throws CaptureException {
    int repeated = word(input.bytes(4, "a block's last length"), 0);
    if (repeated != length) {
      throw input.damage(
          "the two lengths of a block differ: "
              + Integer.toUnsignedLong(length)
              + " and "
              + Integer.toUnsignedLong(repeated),
          DAMAGED);
    }
  }

  private void section() throws CaptureException {
    ByteBuf magic = input.bytes(4, "a section header");
    if (magic.getInt(0) == ORDER_MAGIC) {
      little = false;
    } else if (magic.getIntLE(0) == ORDER_MAGIC) {
      little = true;
    } else {
      throw input.damage("a section has no byte-order magic", DAMAGED);
    }
    long length = Integer.toUnsignedLong(word(headerView, 4));
    checkLength(length, 16, MAX_BLOCK);
    ByteBuf rest = input.bytes((int) length - FRAME_OF_BLOCK - 4, "a section header");
    trailer((int) length);
    int major = half(rest, 0);
    if (major != 1) {
      throw input.damage(
          "pcapng version " + major + " is unknown", "convert it with editcap -F pcapng");
    }
    comment = commentOf(rest, 12);
    firstOfSection = interfaces.size();
    lastTimestamp = 0;
  }

  private void describe(ByteBuf body) throws CaptureException {
    if (interfaces.size() == MAX_INTERFACES) {
      throw input.damage("there are more than " + MAX_INTERFACES + " interfaces", DAMAGED);
    }
    String name = null;
    int resolution = Ticks.MICROSECONDS.resolution();
    long offset = 0;
    for (int at = 8, size; (size = optionLength(body, at)) >= 0; at += 4 + padded(size)) {
      int value = at + 4;
      switch (half(body, at)) {
        case IF_NAME -> name = text(body, value, Math.min(size, MAX_NAME));
        case IF_TSRESOL -> resolution = size >= 1 ? body.getUnsignedByte(value) : resolution;
        case IF_TSOFFSET -> {
          if (size >= 8) {
            offset = little ? body.getLongLE(value) : body.getLong(value);
          }
        }
        default -> {}
      }
    }
    long snapLength = Integer.toUnsignedLong(word(body, 4));
    interfaces.add(new CaptureInterface(interfaces.size(), name, half(body, 0), snapLength));
    ticks.add(new Ticks(resolution, offset));
  }

  private CapturedFrame enhanced(ByteBuf body, boolean old) throws CaptureException {
    CaptureInterface in = interfaceOf(old ? half(body, 0) : word(body, 0));
    long high = Integer.toUnsignedLong(word(body, 4));
    long low = Integer.toUnsignedLong(word(body, 8));
    lastTimestamp = ticks.get(in.id()).nanos(high << 32 | low);
    if (lastTimestamp == Ticks.OUT_OF_RANGE) {
      throw input.damage("a frame's timestamp lies after the year 2262", DAMAGED);
    }
    int captured = word(body, 12);
    int original = word(body, 16);
    ByteBuf data = data(body, 20, captured, original);
    int options = 20 + padded(captured);
    int flags = 0;
    for (int at = options, size; (size = optionLength(body, at)) >= 0; at += 4 + padded(size)) {
      if (half(body, at) == OPT_FLAGS && size == 4) {
        flags = word(body, at + 4);
      }
    }
    FrameDirection direction =
        switch (flags & 3) {
          case 1 -> FrameDirection.INBOUND;
          case 2 -> FrameDirection.OUTBOUND;
          default -> FrameDirection.UNKNOWN;
        };
    return new CapturedFrame(
        lastTimestamp,
        in.id(),
        in.linkType(),
        data,
        Math.max(original, captured),
        direction,
        commentOf(body, options));
  }

  /** A simple packet has no time: it gets that of the frame before it in its section. */
  private CapturedFrame simple(ByteBuf body) throws CaptureException {
    CaptureInterface in = interfaceOf(0);
    int original = word(body, 0);
    long kept = Integer.toUnsignedLong(original);
    if (in.snapLength() != 0) {
      kept = Math.min(kept, in.snapLength());
    }
    ByteBuf data = data(body, 4, (int) Math.min(kept, Integer.MAX_VALUE), original);
    return new CapturedFrame(
        lastTimestamp, in.id(), in.linkType(), data, original, FrameDirection.UNKNOWN, null);
  }

  private CaptureInterface interfaceOf(int numberInSection) throws CaptureException {
    int count = interfaces.size() - firstOfSection;
    if (numberInSection < 0 || numberInSection >= count) {
      throw input.damage(
          "a frame names interface "
              + Integer.toUnsignedLong(numberInSection)
              + ", but its section has described "
              + count,
          DAMAGED);
    }
    return interfaces.get(firstOfSection + numberInSection);
  }

  private ByteBuf data(ByteBuf body, int at, int captured, int original) throws CaptureException {
    if (captured < 0 || captured > MAX_FRAME || captured > body.capacity() - at || original < 0) {
      throw input.damage(
          "a frame claims "
              + Integer.toUnsignedLong(captured)
              + " captured and "
              + Integer.toUnsignedLong(original)
              + " original bytes in a block of "
              + (body.capacity() + FRAME_OF_BLOCK),
          DAMAGED);
    }
    return body.slice(at, captured);
  }

  private @Nullable String commentOf(ByteBuf body, int options) throws CaptureException {
    String all = null;
    for (int at = options, size; (size = optionLength(body, at)) >= 0; at += 4 + padded(size)) {
      if (half(body, at) == OPT_COMMENT) {
        String one = text(body, at + 4, size);
        all = all == null ? one : all + "\n" + one;
      }
    }
    return all;
  }

  /** The length of the option at an index, or -1 where there is none. */
  private int optionLength(ByteBuf body, int at) throws CaptureException {
    if (at + 4 > body.capacity() || half(body, at) == OPT_END) {
      return -1;
    }
    int size = half(body, at + 2);
    if (at + 4 + size > body.capacity()) {
      throw input.damage("an option of " + size + " bytes is longer than its block", DAMAGED);
    }
    return size;
  }

  private static String text(ByteBuf body, int at, int size) {
    int length = size;
    while (length > 0 && body.getByte(at + length - 1) == 0) {
      length--; // some writers end strings with a zero
    }
    return body.toString(at, length, StandardCharsets.UTF_8);
  }

  private static int padded(int size) {
    return size + 3 & ~3;
  }

  @Override
  public List<CaptureInterface> interfaces() {
    return Collections.unmodifiableList(interfaces);
  }

  @Override
  public @Nullable String comment() {
    return comment;
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
