package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Ethernet II with up to two VLAN tags (IEEE 802.1Q, 802.1ad).
 *
 * <pre>
 *  destination 6 | source 6 | [0x8100|0x88a8 tci]* | type 2 | payload
 * </pre>
 */
public final class EthernetView {
  public static final int HEADER = 14;
  public static final int VLAN_TAG = 4;
  public static final int TYPE_IPV4 = 0x0800;
  public static final int TYPE_ARP = 0x0806;
  public static final int TYPE_IPV6 = 0x86dd;
  public static final int TYPE_VLAN = 0x8100;
  public static final int TYPE_QINQ = 0x88a8;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;
  private int end;
  private int type;
  private int payload;
  private int vlan;

  /** Takes {@code length} bytes at an absolute index; null if they are a frame. */
  public @Nullable Malformed wrap(ByteBuf frame, int index, int length) {
    if (length < HEADER) {
      return Malformed.TRUNCATED;
    }
    int at = index + 12;
    int tags = 0;
    int firstTag = -1;
    int ethertype = frame.getUnsignedShort(at);
    while (ethertype == TYPE_VLAN || ethertype == TYPE_QINQ) {
      if (++tags > 2) {
        return Malformed.TOO_MANY_HEADERS;
      }
      if (at + VLAN_TAG + 2 > index + length) {
        return Malformed.TRUNCATED;
      }
      if (firstTag < 0) {
        firstTag = frame.getUnsignedShort(at + 2);
      }
      at += VLAN_TAG;
      ethertype = frame.getUnsignedShort(at);
    }
    buffer = frame;
    start = index;
    end = index + length;
    type = ethertype;
    payload = at + 2;
    vlan = firstTag;
    return null;
  }

  /** The 48 bits of the destination. */
  public long target() {
    return MacAddress.read(buffer, start);
  }

  /** The 48 bits of the source. */
  public long source() {
    return MacAddress.read(buffer, start + 6);
  }

  /** The type after all VLAN tags. */
  public int type() {
    return type;
  }

  /** The VLAN identifier of the outermost tag, 0 to 4095, or -1 without a tag. */
  public int vlan() {
    return vlan < 0 ? -1 : vlan & 0xfff;
  }

  /** The absolute index of the payload. */
  public int payload() {
    return payload;
  }

  /** Bytes of payload, link-layer padding included. */
  public int payloadLength() {
    return end - payload;
  }

  /** Writes an untagged header of {@link #HEADER} bytes at an absolute index. */
  public static void emit(ByteBuf out, int index, long target, long source, int type) {
    MacAddress.write(out, index, target);
    MacAddress.write(out, index + 6, source);
    out.setShort(index + 12, type);
  }
}
