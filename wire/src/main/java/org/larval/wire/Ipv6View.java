package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * IPv6 with its chain of extension headers (RFC 8200). {@code wrap} walks the chain once: hop-by-
 * hop, routing, destination options and fragment. It stops at the first other header, or at a
 * fragment that is not the first.
 *
 * <pre>
 * | ver | traffic class | flow label                              |
 * | payload length                | next header   | hop limit     |
 * | source, 16 bytes                                              |
 * | destination, 16 bytes                                         |
 * </pre>
 */
public final class Ipv6View {
  public static final int HEADER = 40;
  public static final int FRAGMENT_HEADER = 8;
  public static final int MIN_MTU = 1280;

  private static final int MAX_EXTENSIONS = 16;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;
  private int upper;
  private int upperProtocol;
  private int fragment;
  private int nextField;

  /** Takes {@code length} bytes at an absolute index; null if they are an IPv6 packet. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    if (data.getUnsignedByte(index) >>> 4 != 6) {
      return Malformed.BAD_VERSION;
    }
    int total = HEADER + data.getUnsignedShort(index + 4);
    if (total > length) {
      return Malformed.TRUNCATED;
    }
    buffer = data;
    start = index;
    totalLength = total;
    fragment = -1;
    return walk(data, index + HEADER, index + total);
  }

  private @Nullable Malformed walk(ByteBuf data, int firstExtension, int end) {
    int at = firstExtension;
    int protocol = data.getUnsignedByte(start + 6);
    int field = start + 6;
    for (int extensions = 0; isExtension(protocol); extensions++) {
      if (extensions == MAX_EXTENSIONS) {
        return Malformed.TOO_MANY_HEADERS;
      }
      if (protocol == IpProtocol.HOPOPT && at != firstExtension) {
        return Malformed.BAD_TYPE;
      }
      if (at + 8 > end) {
        return Malformed.TRUNCATED;
      }
      int size =
          protocol == IpProtocol.FRAGMENT
              ? FRAGMENT_HEADER
              : (data.getUnsignedByte(at + 1) + 1) * 8;
      if (at + size > end) {
        return Malformed.BAD_HEADER_LENGTH;
      }
      int here = protocol;
      protocol = data.getUnsignedByte(at);
      field = at;
      if (here == IpProtocol.FRAGMENT) {
        fragment = at;
        int offset = data.getUnsignedShort(at + 2) & 0xfff8;
        if (offset + end - (at + size) > 65535) {
          return Malformed.BAD_FRAGMENT;
        }
        if (offset != 0) {
          at += size;
          break;
        }
      }
      at += size;
    }
    upper = at;
    upperProtocol = protocol;
    nextField = field;
    return null;
  }

  private static boolean isExtension(int protocol) {
    return protocol == IpProtocol.HOPOPT
        || protocol == IpProtocol.ROUTING
        || protocol == IpProtocol.FRAGMENT
        || protocol == IpProtocol.DSTOPTS;
  }

  /** The absolute index of the header. */
  public int start() {
    return start;
  }

  /** Header, extensions and payload, in bytes. */
  public int totalLength() {
    return totalLength;
  }

  /** DSCP and ECN. */
  public int trafficClass() {
    return buffer.getUnsignedShort(start) >>> 4 & 0xff;
  }

  /** The flow label, 20 bits. */
  public int flowLabel() {
    return buffer.getInt(start) & 0xf_ffff;
  }

  /** 0 to 255. */
  public int hopLimit() {
    return buffer.getUnsignedByte(start + 7);
  }

  /** The next header of the fixed header. */
  public int nextHeader() {
    return buffer.getUnsignedByte(start + 6);
  }

  /** The source. */
  public IpAddress source() {
    return IpAddress.read(buffer, start + 8, true);
  }

  /** The destination. */
  public IpAddress target() {
    return IpAddress.read(buffer, start + 24, true);
  }

  /** The protocol after the extension headers. */
  public int protocol() {
    return upperProtocol;
  }

  /** The absolute index of what follows the extension headers. */
  public int payload() {
    return upper;
  }

  /** Bytes after the extension headers. */
  public int payloadLength() {
    return start + totalLength - upper;
  }

  /** The absolute index of the next-header octet that names {@link #protocol()}. */
  public int protocolField() {
    return nextField;
  }

  /** The absolute index of the fragment header, or -1. */
  public int fragmentHeader() {
    return fragment;
  }

  /** Whether it is only a part of a datagram; an atomic fragment (RFC 6946) is not. */
  public boolean isFragment() {
    return fragment >= 0 && (buffer.getUnsignedShort(fragment + 2) & 0xfff9) != 0;
  }

  /** The payload's place in the fragmentable part, in bytes. Needs a fragment header. */
  public int fragmentOffset() {
    return buffer.getUnsignedShort(fragment + 2) & 0xfff8;
  }

  /** Whether fragments follow this one. Needs a fragment header. */
  public boolean moreFragments() {
    return (buffer.getUnsignedShort(fragment + 2) & 1) != 0;
  }

  /** The identification, 32 bits. Needs a fragment header. */
  public int identification() {
    return buffer.getInt(fragment + 4);
  }

  /** Lowers the hop limit by one in place. It must not be 0. */
  public void decrementHopLimit() {
    buffer.setByte(start + 7, hopLimit() - 1);
  }

  /** Writes the fixed header of {@link #HEADER} bytes at an absolute index. */
  public static void emit(
      ByteBuf out,
      int index,
      int trafficClass,
      int flowLabel,
      int payloadLength,
      int nextHeader,
      int hopLimit,
      IpAddress source,
      IpAddress target) {
    out.setInt(index, 6 << 28 | trafficClass << 20 | flowLabel);
    out.setShort(index + 4, payloadLength);
    out.setByte(index + 6, nextHeader);
    out.setByte(index + 7, hopLimit);
    source.write(out, index + 8);
    target.write(out, index + 24);
  }

  /** Writes a fragment header of {@link #FRAGMENT_HEADER} bytes; the offset is in bytes. */
  public static void emitFragment(
      ByteBuf out, int index, int nextHeader, int offset, boolean more, int identification) {
    out.setByte(index, nextHeader);
    out.setByte(index + 1, 0);
    out.setShort(index + 2, offset | (more ? 1 : 0));
    out.setInt(index + 4, identification);
  }
}
