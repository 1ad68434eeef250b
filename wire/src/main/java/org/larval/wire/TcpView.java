package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** TCP with options (RFC 9293, 7323). Sequence numbers are ints to be compared by difference. */
public final class TcpView {
  public static final int HEADER = 20;
  public static final int MAX_HEADER = 60;
  public static final int FIN = 1;
  public static final int SYN = 2;
  public static final int RST = 4;
  public static final int PSH = 8;
  public static final int ACK = 16;
  public static final int URG = 32;

  public static final int OPTION_END = 0;
  public static final int OPTION_NOP = 1;
  public static final int OPTION_MSS = 2;
  public static final int OPTION_WINDOW_SCALE = 3;
  public static final int OPTION_SACK_PERMITTED = 4;
  public static final int OPTION_SACK = 5;
  public static final int OPTION_TIMESTAMPS = 8;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int headerLength;
  private int totalLength;

  /** Takes {@code length} bytes at an absolute index; null if they are a TCP segment. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    int header = (data.getUnsignedByte(index + 12) >>> 4) * 4;
    if (header < HEADER) {
      return Malformed.BAD_HEADER_LENGTH;
    }
    if (header > length) {
      return Malformed.TRUNCATED;
    }
    int at = index + HEADER;
    int stop = index + header;
    while (at < stop) {
      int kind = data.getUnsignedByte(at);
      if (kind == OPTION_END) {
        break;
      }
      if (kind == OPTION_NOP) {
        at++;
        continue;
      }
      int size = at + 1 < stop ? data.getUnsignedByte(at + 1) : 0;
      if (size < 2 || at + size > stop) {
        return Malformed.BAD_OPTION;
      }
      at += size;
    }
    buffer = data;
    start = index;
    headerLength = header;
    totalLength = length;
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

  /** The sequence number of the first octet. */
  public int sequence() {
    return buffer.getInt(start + 4);
  }

  /** The acknowledgement number; meaningful with {@link #ACK}. */
  public int acknowledgement() {
    return buffer.getInt(start + 8);
  }

  /** 20 to 60 bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** {@link #FIN}, {@link #SYN}, {@link #RST}, {@link #PSH}, {@link #ACK}, {@link #URG}. */
  public int flags() {
    return buffer.getUnsignedByte(start + 13);
  }

  /** Whether all of the given flags are set. */
  public boolean has(int flags) {
    return (flags() & flags) == flags;
  }

  /** The window as it stands, not scaled. */
  public int window() {
    return buffer.getUnsignedShort(start + 14);
  }

  /** The absolute index of the payload. */
  public int payload() {
    return start + headerLength;
  }

  /** Bytes of payload. */
  public int payloadLength() {
    return totalLength - headerLength;
  }

  /** The absolute index of the first option of a kind (its kind octet), or -1. */
  public int option(int kind) {
    ByteBuf data = buffer;
    int at = start + HEADER;
    int stop = start + headerLength;
    while (at < stop) {
      int here = data.getUnsignedByte(at);
      if (here == OPTION_END) {
        return -1;
      }
      if (here == OPTION_NOP) {
        at++;
        continue;
      }
      if (here == kind) {
        return at;
      }
      at += data.getUnsignedByte(at + 1);
    }
    return -1;
  }

  /** The maximum segment size option, or -1. */
  public int mss() {
    int at = option(OPTION_MSS);
    return at >= 0 && buffer.getUnsignedByte(at + 1) == 4 ? buffer.getUnsignedShort(at + 2) : -1;
  }

  /** The window scale option, or -1. */
  public int windowScale() {
    int at = option(OPTION_WINDOW_SCALE);
    return at >= 0 && buffer.getUnsignedByte(at + 1) == 3 ? buffer.getUnsignedByte(at + 2) : -1;
  }

  /** Whether the checksum fits the given pseudo-header sum ({@link Checksum#pseudoHeader}). */
  public boolean checksumRight(long pseudoHeader) {
    return Checksum.fold(pseudoHeader + Checksum.sum(buffer, start, totalLength)) == 0;
  }

  /**
   * Writes a header at an absolute index. Options must already stand at {@code index + 20}, padded
   * to {@code headerLength}, and the payload after them.
   */
  public static void emit(
      ByteBuf out,
      int index,
      int headerLength,
      int totalLength,
      int sourcePort,
      int targetPort,
      int sequence,
      int acknowledgement,
      int flags,
      int window,
      long pseudoHeader) {
    out.setShort(index, sourcePort);
    out.setShort(index + 2, targetPort);
    out.setInt(index + 4, sequence);
    out.setInt(index + 8, acknowledgement);
    out.setByte(index + 12, headerLength / 4 << 4);
    out.setByte(index + 13, flags);
    out.setShort(index + 14, window);
    out.setInt(index + 16, 0);
    out.setShort(index + 16, Checksum.fold(pseudoHeader + Checksum.sum(out, index, totalLength)));
  }
}
