package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** UDP (RFC 768): source port, destination port, length, checksum. */
public final class UdpView {
  public static final int HEADER = 8;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;

  /**
   * Takes {@code length} bytes at an absolute index; null if they are a UDP datagram. The checksum
   * is left to {@link #checksumRight}, since it needs the IP header.
   */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    int total = data.getUnsignedShort(index + 4);
    if (total < HEADER) {
      return Malformed.BAD_TOTAL_LENGTH;
    }
    if (total > length) {
      return Malformed.TRUNCATED;
    }
    buffer = data;
    start = index;
    totalLength = total;
    return null;
  }

  /** 0 to 65535. */
  public int sourcePort() {
    return buffer.getUnsignedShort(start);
  }

  /** 0 to 65535. */
  public int targetPort() {
    return buffer.getUnsignedShort(start + 2);
  }

  /** Header and payload, in bytes. */
  public int totalLength() {
    return totalLength;
  }

  /** The absolute index of the payload. */
  public int payload() {
    return start + HEADER;
  }

  /** Bytes of payload. */
  public int payloadLength() {
    return totalLength - HEADER;
  }

  /**
   * Whether the checksum fits the given pseudo-header sum ({@link Checksum#pseudoHeader}); a zero
   * field means unchecked, which IPv6 does not allow (RFC 8200 8.1).
   */
  public boolean checksumRight(long pseudoHeader, boolean v6) {
    if (buffer.getUnsignedShort(start + 6) == 0) {
      return !v6;
    }
    return Checksum.fold(pseudoHeader + Checksum.sum(buffer, start, totalLength)) == 0;
  }

  /**
   * Writes a header at an absolute index before {@code totalLength - 8} bytes of payload that stand
   * there already, and the checksum.
   */
  public static void emit(
      ByteBuf out, int index, int sourcePort, int targetPort, int totalLength, long pseudoHeader) {
    out.setShort(index, sourcePort);
    out.setShort(index + 2, targetPort);
    out.setShort(index + 4, totalLength);
    out.setShort(index + 6, 0);
    int checksum = Checksum.fold(pseudoHeader + Checksum.sum(out, index, totalLength));
    out.setShort(index + 6, checksum == 0 ? 0xffff : checksum);
  }
}
