package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** ARP for IPv4 over Ethernet (RFC 826): 28 bytes. */
public final class ArpView {
  public static final int LENGTH = 28;
  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Takes {@code length} bytes at an absolute index; null if they are ARP for IPv4. */
  public @Nullable Malformed wrap(ByteBuf data, int index, int length) {
    if (length < LENGTH) {
      return Malformed.TRUNCATED;
    }
    if (data.getUnsignedShort(index) != 1
        || data.getUnsignedShort(index + 2) != EthernetView.TYPE_IPV4) {
      return Malformed.BAD_TYPE;
    }
    if (data.getUnsignedByte(index + 4) != 6 || data.getUnsignedByte(index + 5) != 4) {
      return Malformed.BAD_HEADER_LENGTH;
    }
    buffer = data;
    start = index;
    return null;
  }

  /** {@link #REQUEST}, {@link #REPLY} or another operation. */
  public int operation() {
    return buffer.getUnsignedShort(start + 6);
  }

  /** The sender's Ethernet address. */
  public long senderMac() {
    return MacAddress.read(buffer, start + 8);
  }

  /** The sender's IPv4 address; 0.0.0.0 in a probe (RFC 5227). */
  public IpAddress senderIp() {
    return IpAddress.ofV4(buffer.getInt(start + 14));
  }

  /** The target's Ethernet address; zero in a request. */
  public long targetMac() {
    return MacAddress.read(buffer, start + 18);
  }

  /** The IPv4 address asked for. */
  public IpAddress targetIp() {
    return IpAddress.ofV4(buffer.getInt(start + 24));
  }

  /** Writes {@link #LENGTH} bytes at an absolute index. */
  public static void emit(
      ByteBuf out,
      int index,
      int operation,
      long senderMac,
      IpAddress senderIp,
      long targetMac,
      IpAddress targetIp) {
    out.setShort(index, 1);
    out.setShort(index + 2, EthernetView.TYPE_IPV4);
    out.setByte(index + 4, 6);
    out.setByte(index + 5, 4);
    out.setShort(index + 6, operation);
    MacAddress.write(out, index + 8, senderMac);
    senderIp.write(out, index + 14);
    MacAddress.write(out, index + 18, targetMac);
    targetIp.write(out, index + 24);
  }
}
