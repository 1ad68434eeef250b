package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** ICMP for IPv4 (RFC 792, 1191): type, code, checksum, four bytes that depend on the type. */
public final class IcmpView {
  public static final int HEADER = 8;
  public static final int ECHO_REPLY = 0;
  public static final int UNREACHABLE = 3;
  public static final int REDIRECT = 5;
  public static final int ECHO = 8;
  public static final int TIME_EXCEEDED = 11;
  public static final int PARAMETER_PROBLEM = 12;

  /** Codes of {@link #UNREACHABLE}. */
  public static final int NET_UNREACHABLE = 0;

  public static final int HOST_UNREACHABLE = 1;
  public static final int PROTOCOL_UNREACHABLE = 2;
  public static final int PORT_UNREACHABLE = 3;
  public static final int FRAGMENTATION_NEEDED = 4;
  public static final int HOST_PROHIBITED = 10;
  public static final int ADMIN_PROHIBITED = 13;

  /** Codes of {@link #TIME_EXCEEDED}. */
  public static final int TTL_EXCEEDED = 0;

  public static final int REASSEMBLY_EXCEEDED = 1;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;

  /** Takes {@code length} bytes at an absolute index; null if they are ICMP, checksum right. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    if (Checksum.of(data, index, length) != 0) {
      return Malformed.BAD_CHECKSUM;
    }
    buffer = data;
    start = index;
    totalLength = length;
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

  /** The next-hop MTU of a fragmentation-needed error; 0 from old routers. */
  public int nextHopMtu() {
    return buffer.getUnsignedShort(start + 6);
  }

  /** The octet that a parameter problem points at. */
  public int pointer() {
    return buffer.getUnsignedByte(start + 4);
  }

  /** The absolute index of what follows: echo data or the quoted packet. */
  public int payload() {
    return start + HEADER;
  }

  /** Bytes of what follows. */
  public int payloadLength() {
    return totalLength - HEADER;
  }

  /** Writes a header at an absolute index before data that stands there already. */
  public static void emit(
      ByteBuf out, int index, int type, int code, int restOfHeader, int totalLength) {
    out.setByte(index, type);
    out.setByte(index + 1, code);
    out.setShort(index + 2, 0);
    out.setInt(index + 4, restOfHeader);
    out.setShort(index + 2, Checksum.of(out, index, totalLength));
  }
}
