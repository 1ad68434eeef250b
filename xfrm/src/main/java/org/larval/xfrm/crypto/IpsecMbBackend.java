package org.larval.xfrm.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * libIPSec_MB for AES-GCM and ChaCha20-Poly1305; what it has no direct call for is left to the JDK.
 */
final class IpsecMbBackend implements CryptoBackend {
  /** The longest raw key of its algorithms. */
  private static final int LONGEST_KEY = 32;

  private final CryptoBackend rest = CryptoBackend.jce();
  private final NativeScratch scratch = new NativeScratch(IpsecMb.keyData());
  private final KeySchedules schedules;

  IpsecMbBackend() {
    this(KeySchedules.CROWDED);
  }

  /**
   * A backend.
   *
   * @param crowdedFrom the number of SAs from which on expanded keys are not kept
   */
  IpsecMbBackend(int crowdedFrom) {
    String missing = missing();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
    schedules = new KeySchedules(IpsecMb.keyData(), crowdedFrom);
  }

  /** Why there is no such backend on this machine, or null if there is one. */
  static @Nullable String missing() {
    return KnownAnswers.VERDICT;
  }

  @Override
  public String label() {
    return "libIPSec_MB " + IpsecMb.version();
  }

  @Override
  public boolean prefersNativeMemory() {
    return true;
  }

  private static boolean has(AeadAlgorithm algorithm) {
    return algorithm == AeadAlgorithm.AES_GCM || algorithm == AeadAlgorithm.CHACHA20_POLY1305;
  }

  @Override
  public @Nullable String refuses(Protection protection) {
    return protection instanceof Protection.Combined combined && has(combined.algorithm())
        ? null
        : rest.refuses(protection);
  }

  @Override
  public EspCipher esp(Protection protection, boolean extended) {
    if (!(protection instanceof Protection.Combined combined) || !has(combined.algorithm())) {
      return rest.esp(protection, extended);
    }
    byte[] keying = combined.key().getEncoded();
    int keyLength = keying.length - IpsecMbCipher.SALT;
    int salt = ByteBuffer.wrap(keying).getInt(keyLength);
    byte[] key = new byte[LONGEST_KEY];
    System.arraycopy(keying, 0, key, 0, keyLength);
    try {
      return combined.algorithm() == AeadAlgorithm.CHACHA20_POLY1305
          ? new IpsecMbChaCha(key, salt, extended, scratch)
          : new IpsecMbGcm(
              key, keyLength, salt, combined.icvBits() / Byte.SIZE, extended, scratch, schedules);
    } finally {
      Arrays.fill(keying, (byte) 0);
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Eight bytes of a key as a number, first byte highest. */
  static long word(byte[] key, int at) {
    return ByteBuffer.wrap(key).getLong(at);
  }

  @Override
  public Icv ah(Protection.Authentication protection) {
    return rest.ah(protection);
  }

  @Override
  public IvSource ivs(Protection protection, RandomGenerator random) {
    return rest.ivs(protection, random);
  }
}
