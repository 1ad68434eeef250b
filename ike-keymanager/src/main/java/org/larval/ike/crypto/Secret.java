package org.larval.ike.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import org.larval.ike.message.Octets;

/**
 * Octets that only the two peers may know: keys, shared secrets, passwords. It never prints, equals
 * takes the same time wherever the octets differ, and {@link #destroy} overwrites them.
 */
public final class Secret {
  /** None. */
  public static final Secret EMPTY = new Secret(new byte[0]);

  private final byte[] octets;

  private Secret(byte[] octets) {
    this.octets = octets;
  }

  /** A copy of an array. */
  public static Secret of(byte... octets) {
    return new Secret(octets.clone());
  }

  /** Takes an array over; the caller forgets it. */
  public static Secret taking(byte[] octets) {
    return new Secret(octets);
  }

  /** How many octets. */
  public int size() {
    return octets.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return octets.length == 0;
  }

  /** A part, as a secret of its own. */
  public Secret slice(int offset, int length) {
    return new Secret(Arrays.copyOfRange(octets, offset, offset + length));
  }

  /** These and then others. */
  public Secret and(Secret more) {
    byte[] both = Arrays.copyOf(octets, octets.length + more.octets.length);
    System.arraycopy(more.octets, 0, both, octets.length, more.octets.length);
    return new Secret(both);
  }

  /** These and then octets that anybody may see. */
  public Secret and(Octets more) {
    byte[] both = Arrays.copyOf(octets, octets.length + more.size());
    more.copyTo(both, octets.length);
    return new Secret(both);
  }

  /** A copy that the caller owns and should overwrite. */
  public byte[] toArray() {
    return octets.clone();
  }

  /** Copies all of them into an array. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(octets, 0, target, offset, octets.length);
  }

  /** Overwrites them with zeroes. */
  public void destroy() {
    Arrays.fill(octets, (byte) 0);
  }

  /** For readers of this package that do not keep it. */
  byte[] shared() {
    return octets;
  }

  /** In a time that depends on the sizes only. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Secret that && MessageDigest.isEqual(octets, that.octets);
  }

  /** Tells the size only. */
  @Override
  public int hashCode() {
    return octets.length;
  }

  /** How many octets, never which. */
  @Override
  public String toString() {
    return "secret of " + octets.length + " octets";
  }
}
