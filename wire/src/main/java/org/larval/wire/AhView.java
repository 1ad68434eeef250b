package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** The authentication header (RFC 4302). */
public final class AhView {
  /** Everything before the ICV. */
  public static final int FIXED = 12;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int headerLength;
  private int totalLength;

  /** Takes {@code length} bytes at an absolute index; null if they begin with an AH. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < FIXED) {
      return Malformed.TRUNCATED;
    }
    int header = (data.getUnsignedByte(index + 1) + 2) * 4;
    if (header < FIXED) {
      return Malformed.BAD_HEADER_LENGTH;
    }
    if (header > length) {
      return Malformed.TRUNCATED;
    }
    buffer = data;
    start = index;
    headerLength = header;
    totalLength = length;
    return null;
  }

  /** The protocol after the AH. */
  public int nextHeader() {
    return buffer.getUnsignedByte(start);
  }

  /** The whole header, ICV and padding included, in bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** The security parameters index. */
  public int spi() {
    return buffer.getInt(start + 4);
  }

  /** The low 32 bits of the sequence number, unsigned. */
  public int sequence() {
    return buffer.getInt(start + 8);
  }

  /** The absolute index of the ICV. */
  public int icv() {
    return start + FIXED;
  }

  /** The absolute index of what follows the AH. */
  public int payload() {
    return start + headerLength;
  }

  /** Bytes after the AH. */
  public int payloadLength() {
    return totalLength - headerLength;
  }

  /** Writes everything before the ICV at an absolute index. */
  public static void emit(
      ByteBuf out, int index, int nextHeader, int headerLength, int spi, int sequence) {
    out.setByte(index, nextHeader);
    out.setByte(index + 1, headerLength / 4 - 2);
    out.setShort(index + 2, 0);
    out.setInt(index + 4, spi);
    out.setInt(index + 8, sequence);
  }
}
