package org.larval.ike.crypto;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Brings the randomness that came in through the door to libraries that want a {@link
 * SecureRandom}: the same generator in the same state gives the same keys and signatures. A
 * generator that is a SecureRandom already is used as it is.
 */
public final class DoorRandom extends SecureRandom {
  private static final long serialVersionUID = 1;

  private final transient RandomGenerator source;

  private DoorRandom(RandomGenerator source) {
    super(null, null);
    this.source = source;
  }

  /** What a library may draw from. */
  public static SecureRandom of(RandomGenerator source) {
    return source instanceof SecureRandom secure ? secure : new DoorRandom(source);
  }

  @Override
  public void nextBytes(byte[] octets) {
    source.nextBytes(octets);
  }

  @Override
  public byte[] generateSeed(int size) {
    byte[] seed = new byte[size];
    source.nextBytes(seed);
    return seed;
  }

  /** The source is seeded by who made it. */
  @Override
  public void setSeed(byte[] seed) {}

  @Override
  public void setSeed(long seed) {}

  @Override
  public String getAlgorithm() {
    return "door";
  }

  @Override
  public String toString() {
    return "door";
  }
}
