package org.larval.wire;

import io.netty.buffer.ByteBuf;

/** The Internet checksum (RFC 1071) and its incremental update (RFC 1624). */
public final class Checksum {
  private Checksum() {}

  /** The unfolded ones'-complement sum of {@code length} bytes at an absolute index. */
  public static long sum(ByteBuf buffer, int index, int length) {
    long sum = 0;
    int at = index;
    int end = index + length;
    for (; at + 8 <= end; at += 8) {
      long word = buffer.getLong(at);
      sum += (word >>> 32) + (word & 0xffff_ffffL);
    }
    for (; at + 2 <= end; at += 2) {
      sum += buffer.getUnsignedShort(at);
    }
    return at < end ? sum + (buffer.getUnsignedByte(at) << 8) : sum;
  }

  /** Folds a sum and complements it: the value of a checksum field. */
  public static int fold(long sum) {
    long folded = (sum & 0xffff_ffffL) + (sum >>> 32);
    folded = (folded & 0xffff_ffffL) + (folded >>> 32);
    folded = (folded & 0xffff) + (folded >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    return (int) ~folded & 0xffff;
  }

  /** The checksum of {@code length} bytes at an absolute index; 0 if a valid one is among them. */
  public static int of(ByteBuf buffer, int index, int length) {
    return fold(sum(buffer, index, length));
  }

  /** The pseudo-header sum of IPv4 (RFC 768, 9293) or IPv6 (RFC 8200 8.1). */
  public static long pseudoHeader(IpAddress source, IpAddress target, int protocol, int length) {
    return words(source) + words(target) + protocol + length;
  }

  /** The pseudo-header sum, with the addresses read from an IP header at an absolute index. */
  public static long pseudoHeader(
      ByteBuf buffer, int ipHeader, boolean v6, int protocol, int length) {
    long addresses = v6 ? sum(buffer, ipHeader + 8, 32) : sum(buffer, ipHeader + 12, 8);
    return addresses + protocol + length;
  }

  private static long words(IpAddress address) {
    return (address.high() >>> 32)
        + (address.high() & 0xffff_ffffL)
        + (address.low() >>> 32)
        + (address.low() & 0xffff_ffffL);
  }

  /** A checksum field after a 16-bit word of the covered data changed (RFC 1624 equation 3). */
  public static int update(int checksum, int oldWord, int newWord) {
    long sum = (~checksum & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff);
    return fold(sum);
  }

  /** The same for a 32-bit word. */
  public static int update32(int checksum, int oldWord, int newWord) {
    return update(update(checksum, oldWord >>> 16, newWord >>> 16), oldWord, newWord);
  }
}
