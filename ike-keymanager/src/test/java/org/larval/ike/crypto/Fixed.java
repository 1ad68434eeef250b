package org.larval.ike.crypto;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Randomness that a test wrote down: the octets end with these, zeroes stand in front. */
final class Fixed implements RandomGenerator {
  private final byte[] octets;

  Fixed(byte... octets) {
    this.octets = octets;
  }

  @Override
  public long nextLong() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void nextBytes(byte[] target) {
    Arrays.fill(target, (byte) 0);
    int take = Math.min(target.length, octets.length);
    System.arraycopy(octets, octets.length - take, target, target.length - take, take);
  }
}
