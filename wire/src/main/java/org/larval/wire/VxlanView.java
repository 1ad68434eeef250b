package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** VXLAN's header (RFC 7348) before an Ethernet frame: flags and the network's number. */
public final class VxlanView {
  public static final int HEADER = 8;

  /** The UDP port that IANA has assigned. */
  public static final int PORT = 4789;

  /** The greatest number of a network. */
  public static final int MAX_VNI = 0xff_ffff;

  /** The I flag: the number is valid. */
  private static final int VALID = 0x0800_0000;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int totalLength;

  /**
   * Takes the payload of a UDP datagram. As vxlan_rcv of Linux, and unlike the RFC, it takes
   * nothing whose other flags or reserved bytes are set: they belong to extensions that nobody
   * agreed on.
   */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    if (data.getInt(index) != VALID || data.getByte(index + 7) != 0) {
      return Malformed.BAD_TYPE;
    }
    buffer = data;
    start = index;
    totalLength = length;
    return null;
  }

  /** The network's number, 24 bits. */
  public int vni() {
    return buffer.getInt(start + 4) >>> 8;
  }

  /** The absolute index of the frame. */
  public int frame() {
    return start + HEADER;
  }

  /** The frame's bytes; it may be too short for one. */
  public int frameLength() {
    return totalLength - HEADER;
  }

  /** Writes a header at an absolute index. */
  public static void emit(ByteBuf out, int index, int vni) {
    out.setInt(index, VALID);
    out.setInt(index + 4, vni << 8);
  }
}
