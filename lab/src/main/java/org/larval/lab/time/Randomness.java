package org.larval.lab.time;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.prng.EntropySource;
import org.bouncycastle.crypto.prng.EntropySourceProvider;
import org.bouncycastle.crypto.prng.SP800SecureRandomBuilder;

/**
 * The one door that chance comes in by: a seed, and one stream for each name. Asking for another
 * name, or drawing more from one stream, changes no other stream.
 */
public final class Randomness {
  private static final RandomGeneratorFactory<RandomGenerator> STREAMS =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private final long seed;
  private final boolean virtual;

  /**
   * The streams of a seed.
   *
   * @param virtual whether cryptographic randomness may be derived from the seed; in real time it
   *     comes from the system, whatever the seed
   */
  public Randomness(long seed, boolean virtual) {
    this.seed = seed;
    this.virtual = virtual;
  }

  /** The seed, to be printed with every failure. */
  public long seed() {
    return seed;
  }

  /** The stream of a name, from its beginning. */
  public RandomGenerator stream(String name) {
    return STREAMS.create(seedOf(name));
  }

  /** Cryptographic randomness for a name: a seeded HMAC_DRBG in virtual time. */
  public SecureRandom secure(String name) {
    if (!virtual) {
      return new SecureRandom();
    }
    byte[] material = (seed + "/" + name).getBytes(StandardCharsets.UTF_8);
    return new SP800SecureRandomBuilder(seeded(digest(material)))
        .setPersonalizationString(material)
        .setSecurityStrength(256)
        .setEntropyBitsRequired(256)
        .buildHMAC(new HMac(new SHA256Digest()), material, false);
  }

  private long seedOf(String name) {
    byte[] digest = digest((seed + "/" + name).getBytes(StandardCharsets.UTF_8));
    long word = 0;
    for (int i = 0; i < 8; i++) {
      word = word << 8 | (digest[i] & 0xff);
    }
    return word;
  }

  private static byte[] digest(byte[] data) {
    SHA256Digest sha = new SHA256Digest();
    sha.update(data, 0, data.length);
    byte[] digest = new byte[32];
    sha.doFinal(digest, 0);
    return digest;
  }

  private static EntropySourceProvider seeded(byte[] start) {
    return bits ->
        new EntropySource() {
          private byte[] state = start;

          @Override
          public boolean isPredictionResistant() {
            return false;
          }

          @Override
          public byte[] getEntropy() {
            byte[] entropy = new byte[(bits + 7) / 8];
            for (int i = 0; i < entropy.length; i += 32) {
              state = digest(state);
              System.arraycopy(state, 0, entropy, i, Math.min(32, entropy.length - i));
            }
            return entropy;
          }

          @Override
          public int entropySize() {
            return bits;
          }
        };
  }
}
