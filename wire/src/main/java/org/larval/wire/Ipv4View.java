package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * IPv4 with options and fragments (RFC 791).
 *
 * <pre>
 *  0               8               16              24
 * | ver | ihl     | DSCP | ECN    | total length                  |
 * | identification                |0|DF|MF| offset / 8            |
 * | TTL           | protocol      | header checksum               |
 * | source                                                        |
 * | destination                                                   |
 * | options ...                                                   |
 * </pre>
 */
public final class Ipv4View {
  public static final int HEADER = 20;
  public static final int MAX_HEADER = 60;
  public static final int DONT_FRAGMENT = 0x4000;
  public static final int MORE_FRAGMENTS = 0x2000;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int headerLength;
  private int totalLength;

  /**
   * Takes {@code length} bytes at an absolute index; null if they are an IPv4 packet with a right
   * header checksum. Bytes after the total length (link padding) are ignored.
   */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    long first = data.getLong(index);
    if (first >>> 60 != 4) {
      return Malformed.BAD_VERSION;
    }
    int header = (int) (first >>> 56 & 15) * 4;
    if (header < HEADER) {
      return Malformed.BAD_HEADER_LENGTH;
    }
    int total = (int) (first >>> 32) & 0xffff;
    if (total < header) {
      return Malformed.BAD_TOTAL_LENGTH;
    }
    if (total > length) {
      return Malformed.TRUNCATED;
    }
    long middle = data.getLong(index + 8);
    int last = data.getInt(index + 16);
    long sum =
        (first >>> 32)
            + (first & 0xffff_ffffL)
            + (middle >>> 32)
            + (middle & 0xffff_ffffL)
            + (last & 0xffff_ffffL);
    if (header > HEADER) {
      sum += Checksum.sum(data, index + HEADER, header - HEADER);
    }
    if (Checksum.fold(sum) != 0) {
      return Malformed.BAD_CHECKSUM;
    }
    int offset = (int) (first & 0x1fff) * 8;
    if (offset + total - header > 65535 - HEADER) {
      return Malformed.BAD_FRAGMENT;
    }
    buffer = data;
    start = index;
    headerLength = header;
    totalLength = total;
    return null;
  }

  /** The absolute index of the header. */
  public int start() {
    return start;
  }

  /** 20 to 60 bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** Header and payload, in bytes. */
  public int totalLength() {
    return totalLength;
  }

  /** The former TOS octet: DSCP and ECN. */
  public int trafficClass() {
    return buffer.getUnsignedByte(start + 1);
  }

  /** The identification, 16 bits. */
  public int identification() {
    return buffer.getUnsignedShort(start + 4);
  }

  /** Whether routers must not fragment it. */
  public boolean dontFragment() {
    return (buffer.getUnsignedShort(start + 6) & DONT_FRAGMENT) != 0;
  }

  /** Whether fragments follow this one. */
  public boolean moreFragments() {
    return (buffer.getUnsignedShort(start + 6) & MORE_FRAGMENTS) != 0;
  }

  /** The payload's place in the whole datagram, in bytes. */
  public int fragmentOffset() {
    return (buffer.getUnsignedShort(start + 6) & 0x1fff) * 8;
  }

  /** Whether it is only a part of a datagram. */
  public boolean isFragment() {
    return (buffer.getUnsignedShort(start + 6) & 0x3fff) != 0;
  }

  /** Time to live, 0 to 255. */
  public int ttl() {
    return buffer.getUnsignedByte(start + 8);
  }

  /** The protocol of the payload. */
  public int protocol() {
    return buffer.getUnsignedByte(start + 9);
  }

  /** The source. */
  public IpAddress source() {
    return IpAddress.ofV4(buffer.getInt(start + 12));
  }

  /** The destination. */
  public IpAddress target() {
    return IpAddress.ofV4(buffer.getInt(start + 16));
  }

  /** The absolute index of the payload. */
  public int payload() {
    return start + headerLength;
  }

  /** Bytes of payload. */
  public int payloadLength() {
    return totalLength - headerLength;
  }

  /** Bytes of options, padding included: 0 to 40. */
  public int optionsLength() {
    return headerLength - HEADER;
  }

  /** The absolute index of the options. */
  public int options() {
    return start + HEADER;
  }

  /** The absolute index of the first option of a type, or -1. A bad length ends the search. */
  public int option(int type) {
    ByteBuf data = buffer;
    int at = start + HEADER;
    int stop = start + headerLength;
    while (at < stop) {
      int kind = data.getUnsignedByte(at);
      if (kind == 0) {
        return -1;
      }
      if (kind == 1) {
        at++;
        continue;
      }
      int size = at + 1 < stop ? data.getUnsignedByte(at + 1) : 0;
      if (size < 2 || at + size > stop) {
        return -1;
      }
      if (kind == type) {
        return at;
      }
      at += size;
    }
    return -1;
  }

  /** Lowers the TTL by one in place and updates the checksum (RFC 1624). The TTL must not be 0. */
  public void decrementTtl() {
    ByteBuf data = buffer;
    int old = data.getUnsignedShort(start + 8);
    int now = old - 0x100;
    data.setShort(start + 8, now);
    data.setShort(
        start + 10, Checksum.update(data.getUnsignedShort(start + 10), old, now & 0xffff));
  }

  /**
   * Writes a header at an absolute index. Options, a multiple of 4 bytes, must already stand at
   * {@code index + 20}.
   *
   * @param headerLength 20 to 60
   * @param totalLength header and payload, at most 65535
   * @param flagsAndOffset {@link #DONT_FRAGMENT}, {@link #MORE_FRAGMENTS} and the offset in units
   *     of 8 bytes
   */
  public static void emit(
      ByteBuf out,
      int index,
      int headerLength,
      int totalLength,
      int trafficClass,
      int identification,
      int flagsAndOffset,
      int ttl,
      int protocol,
      IpAddress source,
      IpAddress target) {
    // Words at once, and the checksum of numbers: reading bytes back that were just written stalls.
    long first =
        (0x40L | headerLength / 4) << 56
            | (trafficClass & 0xffL) << 48
            | (totalLength & 0xffffL) << 32
            | (identification & 0xffffL) << 16
            | flagsAndOffset & 0xffffL;
    long second = (ttl & 0xffL) << 56 | (protocol & 0xffL) << 48 | source.v4Bits() & 0xffff_ffffL;
    long sum =
        (first >>> 32)
            + (first & 0xffff_ffffL)
            + (second >>> 32)
            + (second & 0xffff_ffffL)
            + (target.v4Bits() & 0xffff_ffffL);
    if (headerLength > HEADER) {
      sum += Checksum.sum(out, index + HEADER, headerLength - HEADER);
    }
    out.setLong(index, first);
    out.setLong(index + 8, second | (long) Checksum.fold(sum) << 32);
    out.setInt(index + 16, target.v4Bits());
  }
}
