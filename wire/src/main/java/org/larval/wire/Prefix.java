package org.larval.wire;

/**
 * An address with a prefix length. The address is kept as it was given, so that {@code 10.0.0.1/24}
 * can name an interface; {@link #network()} clears the host bits.
 *
 * @param address any address of the prefix
 * @param length 0 to 32, or 0 to 128
 */
public record Prefix(IpAddress address, int length) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if the length does not fit the family
   */
  public Prefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException(
          "prefix length " + length + " of " + address + " is not in 0.." + address.bits());
    }
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code fd00::/64}, or a bare address as a full-length prefix.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return host(IpAddress.parse(text));
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    try {
      return new Prefix(address, Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' has no prefix length after the slash; expected one like 10.0.0.0/8", e);
    }
  }

  /** The /32 or /128 of one address. */
  public static Prefix host(IpAddress address) {
    return new Prefix(address, address.bits());
  }

  /** Every address of the family. */
  public static Prefix any(boolean v6) {
    return new Prefix(IpAddress.any(v6), 0);
  }

  /** Whether the address is of the same family and lies in the prefix. */
  public boolean contains(IpAddress other) {
    return other.v6() == address.v6() && contains(other.high(), other.low());
  }

  /** The same for an address as two words; the family must have been compared before. */
  public boolean contains(long high, long low) {
    if (!address.v6()) {
      return length == 0 || (low ^ address.low()) >>> (32 - length) == 0;
    }
    if (length == 0) {
      return true;
    }
    if (length <= 64) {
      return (high ^ address.high()) >>> (64 - length) == 0;
    }
    return high == address.high() && (low ^ address.low()) >>> (128 - length) == 0;
  }

  /** The same prefix with all host bits zero. */
  public Prefix network() {
    if (length == address.bits()) {
      return this;
    }
    if (!address.v6()) {
      long mask = length == 0 ? 0 : 0xffff_ffffL << (32 - length) & 0xffff_ffffL;
      return new Prefix(new IpAddress(false, 0, address.low() & mask), length);
    }
    long highMask = length == 0 ? 0 : length >= 64 ? -1L : -1L << (64 - length);
    long lowMask = length <= 64 ? 0 : -1L << (128 - length);
    return new Prefix(IpAddress.ofV6(address.high() & highMask, address.low() & lowMask), length);
  }

  /** The last address of an IPv4 prefix: its directed broadcast address. */
  public IpAddress broadcast() {
    return IpAddress.ofV4(network().address().v4Bits() | (length == 32 ? 0 : -1 >>> length));
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
