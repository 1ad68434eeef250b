package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address as two words. An IPv4 address stands in the low 32 bits of {@code low}.
 *
 * @param v6 whether it is an IPv6 address
 * @param high the first 64 bits of an IPv6 address, 0 for IPv4
 * @param low the last 64 bits, or the IPv4 address
 */
public record IpAddress(boolean v6, long high, long low) implements Comparable<IpAddress> {
  /** 0.0.0.0. */
  public static final IpAddress ANY4 = new IpAddress(false, 0, 0);

  /** ::. */
  public static final IpAddress ANY6 = new IpAddress(true, 0, 0);

  /** 255.255.255.255. */
  public static final IpAddress BROADCAST4 = ofV4(-1);

  /** The IPv4 address of 32 bits in network order. */
  public static IpAddress ofV4(int bits) {
    return new IpAddress(false, 0, bits & 0xffff_ffffL);
  }

  /** The IPv6 address of two words in network order. */
  public static IpAddress ofV6(long high, long low) {
    return new IpAddress(true, high, low);
  }

  /** The unspecified address of the family. */
  public static IpAddress any(boolean v6) {
    return v6 ? ANY6 : ANY4;
  }

  /** Reads 4 or 16 bytes at an absolute index. */
  public static IpAddress read(ByteBuf buffer, int index, boolean v6) {
    return v6 ? ofV6(buffer.getLong(index), buffer.getLong(index + 8)) : ofV4(buffer.getInt(index));
  }

  /**
   * Reads the usual text forms.
   *
   * @throws IllegalArgumentException if the text is neither an IPv4 nor an IPv6 address
   */
  public static IpAddress parse(String text) {
    if (NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text)) {
      byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
      if (bytes != null && text.indexOf('%') < 0 && text.indexOf('[') < 0) {
        return ofBytes(bytes);
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not an IP address; expected one like 10.0.0.1 or fd00::1");
  }

  private static IpAddress ofBytes(byte[] bytes) {
    if (bytes.length == 4) {
      return ofV4((int) word(bytes, 0, 4));
    }
    return ofV6(word(bytes, 0, 8), word(bytes, 8, 8));
  }

  private static long word(byte[] bytes, int from, int count) {
    long word = 0;
    for (int i = from; i < from + count; i++) {
      word = word << 8 | (bytes[i] & 0xff);
    }
    return word;
  }

  /** Writes 4 or 16 bytes at an absolute index. */
  public void write(ByteBuf buffer, int index) {
    if (v6) {
      buffer.setLong(index, high);
      buffer.setLong(index + 8, low);
    } else {
      buffer.setInt(index, (int) low);
    }
  }

  /** The IPv4 address as 32 bits. */
  public int v4Bits() {
    return (int) low;
  }

  /** 4 or 6. */
  public int version() {
    return v6 ? 6 : 4;
  }

  /** 32 or 128. */
  public int bits() {
    return v6 ? 128 : 32;
  }

  /** 0.0.0.0 or ::. */
  public boolean isAny() {
    return high == 0 && low == 0;
  }

  /** 224.0.0.0/4 or ff00::/8. */
  public boolean isMulticast() {
    return v6 ? high >>> 56 == 0xff : low >>> 28 == 0xe;
  }

  /** 127.0.0.0/8 or ::1. */
  public boolean isLoopback() {
    return v6 ? high == 0 && low == 1 : low >>> 24 == 127;
  }

  /** fe80::/10; never for IPv4. */
  public boolean isLinkLocal6() {
    return v6 && high >>> 54 == 0xfe80 >>> 6;
  }

  /** The solicited-node multicast address ff02::1:ffXX:XXXX (RFC 4291 2.7.1). */
  public IpAddress solicitedNode() {
    return ofV6(0xff02_0000_0000_0000L, 0x1_ff00_0000L | (low & 0xff_ffff));
  }

  @Override
  public int compareTo(IpAddress other) {
    int byFamily = Boolean.compare(v6, other.v6);
    int byHigh = byFamily != 0 ? byFamily : Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    byte[] bytes = new byte[v6 ? 16 : 4];
    for (int i = 0; i < bytes.length; i++) {
      int fromEnd = bytes.length - 1 - i;
      bytes[i] = (byte) (fromEnd >= 8 ? high >>> (fromEnd - 8) * 8 : low >>> fromEnd * 8);
    }
    try {
      // not InetAddress for IPv6: it would take an IPv4-mapped address for an IPv4 one
      return v6
          ? NetUtil.toAddressString(Inet6Address.getByAddress(null, bytes, -1), true)
          : NetUtil.toAddressString(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
