package org.larval.wire;

import io.netty.buffer.ByteBuf;

/**
 * An Ethernet address.
 *
 * @param bits 48 bits in network order
 */
public record MacAddress(long bits) {
  /** ff:ff:ff:ff:ff:ff. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  /** Checks the size. */
  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException("an Ethernet address has 48 bits");
    }
  }

  /** Reads six bytes at an absolute index. */
  public static long read(ByteBuf buffer, int index) {
    return (long) buffer.getUnsignedShort(index) << 32 | buffer.getUnsignedInt(index + 2);
  }

  /** Writes six bytes at an absolute index. */
  public static void write(ByteBuf buffer, int index, long bits) {
    buffer.setShort(index, (int) (bits >>> 32));
    buffer.setInt(index + 2, (int) bits);
  }

  /** Whether the group bit is set: multicast or broadcast. */
  public static boolean isGroup(long bits) {
    return (bits & 0x0100_0000_0000L) != 0;
  }

  /** The group address of an IPv4 (RFC 1112) or IPv6 (RFC 2464) multicast address. */
  public static long ofMulticast(IpAddress address) {
    return address.v6()
        ? 0x3333_0000_0000L | (address.low() & 0xffff_ffffL)
        : 0x0100_5e00_0000L | (address.low() & 0x7f_ffff);
  }

  /**
   * Reads {@code 02:00:00:00:00:01}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static MacAddress parse(String text) {
    if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an Ethernet address; expected one like 02:00:00:00:00:01");
    }
    return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      text.append(Character.forDigit((int) (bits >>> (shift + 4)) & 15, 16));
      text.append(Character.forDigit((int) (bits >>> shift) & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
