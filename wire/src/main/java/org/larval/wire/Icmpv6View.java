package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** ICMPv6 (RFC 4443) with the neighbour discovery messages (RFC 4861) that a host needs. */
public final class Icmpv6View {
  public static final int HEADER = 8;
  public static final int UNREACHABLE = 1;
  public static final int PACKET_TOO_BIG = 2;
  public static final int TIME_EXCEEDED = 3;
  public static final int PARAMETER_PROBLEM = 4;
  public static final int ECHO = 128;
  public static final int ECHO_REPLY = 129;
  public static final int ROUTER_SOLICITATION = 133;
  public static final int ROUTER_ADVERTISEMENT = 134;
  public static final int NEIGHBOUR_SOLICITATION = 135;
  public static final int NEIGHBOUR_ADVERTISEMENT = 136;
  public static final int REDIRECT = 137;

  /** Codes of {@link #UNREACHABLE}. */
  public static final int NO_ROUTE = 0;

  public static final int ADMIN_PROHIBITED = 1;
  public static final int ADDRESS_UNREACHABLE = 3;
  public static final int PORT_UNREACHABLE = 4;

  /** A solicitation or advertisement with one link-layer address option. */
  public static final int NEIGHBOUR_MESSAGE = 32;

  public static final int OPTION_SOURCE_LINK_ADDRESS = 1;
  public static final int OPTION_TARGET_LINK_ADDRESS = 2;

  /** Flags of an advertisement, in its first octet after the checksum. */
  public static final int FLAG_ROUTER = 0x8000_0000;

  public static final int FLAG_SOLICITED = 0x4000_0000;
  public static final int FLAG_OVERRIDE = 0x2000_0000;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;
  private boolean neighbour;

  /**
   * Takes {@code length} bytes at an absolute index; null if they are ICMPv6 with a right checksum
   * over the given pseudo-header sum ({@link Checksum#pseudoHeader}), and, for neighbour messages,
   * long enough and with sound options.
   */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length, long pseudoHeader) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    if (Checksum.fold(pseudoHeader + Checksum.sum(data, index, length)) != 0) {
      return Malformed.BAD_CHECKSUM;
    }
    int type = data.getUnsignedByte(index);
    boolean ofNeighbours = type == NEIGHBOUR_SOLICITATION || type == NEIGHBOUR_ADVERTISEMENT;
    if (ofNeighbours) {
      if (length < 24) {
        return Malformed.TRUNCATED;
      }
      for (int at = index + 24; at < index + length; ) {
        int size = at + 1 < index + length ? data.getUnsignedByte(at + 1) * 8 : 0;
        if (size == 0 || at + size > index + length) {
          return Malformed.BAD_OPTION;
        }
        at += size;
      }
    }
    buffer = data;
    start = index;
    totalLength = length;
    neighbour = ofNeighbours;
    return null;
  }

  /** The type. */
  public int type() {
    return buffer.getUnsignedByte(start);
  }

  /** The code. */
  public int code() {
    return buffer.getUnsignedByte(start + 1);
  }

  /** The identifier of an echo. */
  public int identifier() {
    return buffer.getUnsignedShort(start + 4);
  }

  /** The sequence number of an echo. */
  public int sequence() {
    return buffer.getUnsignedShort(start + 6);
  }

  /** The MTU of a packet-too-big error. */
  public long mtu() {
    return buffer.getUnsignedInt(start + 4);
  }

  /** The flags of an advertisement. */
  public int neighbourFlags() {
    return buffer.getInt(start + 4);
  }

  /** The target of a neighbour message; :: for other messages. */
  public IpAddress neighbourTarget() {
    return !neighbour ? IpAddress.ANY6 : IpAddress.read(buffer, start + 8, true);
  }

  /** The Ethernet address in an option of a neighbour message, or -1. */
  public long neighbourLinkAddress(int option) {
    if (!neighbour) {
      return -1; // only their options were checked
    }
    ByteBuf data = buffer;
    for (int at = start + 24; at < start + totalLength; ) {
      if (data.getUnsignedByte(at) == option && data.getUnsignedByte(at + 1) == 1) {
        return MacAddress.read(data, at + 2);
      }
      at += data.getUnsignedByte(at + 1) * 8;
    }
    return -1;
  }

  /** The absolute index of what follows the eight bytes: echo data or the quoted packet. */
  public int payload() {
    return start + HEADER;
  }

  /** Bytes of what follows. */
  public int payloadLength() {
    return totalLength - HEADER;
  }

  /** Writes a header at an absolute index before data that stands there already. */
  public static void emit(
      ByteBuf out,
      int index,
      int type,
      int code,
      int restOfHeader,
      int totalLength,
      long pseudoHeader) {
    out.setByte(index, type);
    out.setByte(index + 1, code);
    out.setShort(index + 2, 0);
    out.setInt(index + 4, restOfHeader);
    out.setShort(index + 2, Checksum.fold(pseudoHeader + Checksum.sum(out, index, totalLength)));
  }

  /** Writes a solicitation or advertisement of {@link #NEIGHBOUR_MESSAGE} bytes. */
  public static void emitNeighbour(
      ByteBuf out,
      int index,
      int type,
      int flags,
      IpAddress target,
      int option,
      long linkAddress,
      long pseudoHeader) {
    target.write(out, index + 8);
    out.setByte(index + 24, option);
    out.setByte(index + 25, 1);
    MacAddress.write(out, index + 26, linkAddress);
    emit(out, index, type, 0, flags, NEIGHBOUR_MESSAGE, pseudoHeader);
  }
}
