package org.larval.ike.message;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable string of octets that anybody may see: nonces, SPIs, public values, certificates.
 * What must stay secret has a type of its own that does not print.
 */
public final class Octets implements Comparable<Octets> {
  /** None. */
  public static final Octets EMPTY = new Octets(new byte[0]);

  private final byte[] octets;

  private Octets(byte[] octets) {
    this.octets = octets;
  }

  /** A copy of an array. */
  public static Octets of(byte... octets) {
    return octets.length == 0 ? EMPTY : new Octets(octets.clone());
  }

  /** A copy of a part of an array. */
  public static Octets of(byte[] octets, int offset, int length) {
    return length == 0 ? EMPTY : new Octets(Arrays.copyOfRange(octets, offset, offset + length));
  }

  /** From hexadecimal digits, two an octet, nothing between. */
  public static Octets hex(String digits) {
    return new Octets(HexFormat.of().parseHex(digits));
  }

  /** The lowest {@code size} octets of a number, most significant first. */
  public static Octets number(long value, int size) {
    byte[] octets = new byte[size];
    for (int at = size - 1; at >= 0; at--) {
      octets[at] = (byte) value;
      value >>>= 8;
    }
    return new Octets(octets);
  }

  /** How many. */
  public int size() {
    return octets.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return octets.length == 0;
  }

  /** One of them, 0 to 255. */
  public int at(int index) {
    return octets[index] & 0xff;
  }

  /** Two of them from an index, 0 to 65535. */
  public int unsignedShort(int index) {
    return at(index) << 8 | at(index + 1);
  }

  /** Four of them from an index. */
  public int integer(int index) {
    return unsignedShort(index) << 16 | unsignedShort(index + 2);
  }

  /** A part. */
  public Octets slice(int offset, int length) {
    return of(octets, offset, length);
  }

  /** These and then others. */
  public Octets and(Octets more) {
    byte[] both = Arrays.copyOf(octets, octets.length + more.octets.length);
    System.arraycopy(more.octets, 0, both, octets.length, more.octets.length);
    return new Octets(both);
  }

  /** A copy that the caller owns. */
  public byte[] toArray() {
    return octets.clone();
  }

  /** Copies all of them into an array. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(octets, 0, target, offset, octets.length);
  }

  /** In the order of unsigned octets, as RFC 7296 section 2.8.1 compares nonces. */
  @Override
  public int compareTo(Octets other) {
    return Arrays.compareUnsigned(octets, other.octets);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Octets that && Arrays.equals(octets, that.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  /** Hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(octets);
  }
}
