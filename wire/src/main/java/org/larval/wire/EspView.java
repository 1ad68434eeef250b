package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** The part of ESP that is not encrypted (RFC 4303): SPI and sequence number. */
public final class EspView {
  public static final int HEADER = 8;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;

  /** Takes {@code length} bytes at an absolute index; null if they can be ESP. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    buffer = data;
    start = index;
    totalLength = length;
    return null;
  }

  /** The security parameters index; never 0 on the wire. */
  public int spi() {
    return buffer.getInt(start);
  }

  /** The low 32 bits of the sequence number, unsigned. */
  public int sequence() {
    return buffer.getInt(start + 4);
  }

  /** The absolute index of IV, ciphertext and ICV. */
  public int body() {
    return start + HEADER;
  }

  /** Bytes of IV, ciphertext and ICV. */
  public int bodyLength() {
    return totalLength - HEADER;
  }

  /** Writes SPI and sequence number at an absolute index. */
  public static void emit(ByteBuf out, int index, int spi, int sequence) {
    out.setLong(index, (long) spi << 32 | sequence & 0xffff_ffffL);
  }
}
