package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** SunJCE, which every JDK has. */
final class JceBackend implements CryptoBackend {
  private static final int MIN_GCM_ICV = 96;

  private final Scratch scratch = new Scratch();

  @Override
  public String label() {
    return "SunJCE";
  }

  @Override
  public @Nullable String refuses(Protection protection) {
    if (protection instanceof Protection.Combined combined
        && combined.algorithm() == AeadAlgorithm.AES_GCM) {
      return combined.icvBits() < MIN_GCM_ICV
          ? "the JDK's GCM makes no check value of " + combined.icvBits() + " bits; use 128 or 96"
          : null;
    }
    return "this algorithm is not built yet";
  }

  @Override
  public EspCipher esp(Protection protection, boolean extended) {
    String refusal = refuses(protection);
    if (refusal != null || !(protection instanceof Protection.Combined combined)) {
      throw new IllegalArgumentException(refusal);
    }
    try {
      return new JceGcm(combined.key(), combined.icvBits(), extended, scratch);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + combined.algorithm(), e);
    }
  }

  @Override
  public Icv ah(Protection.Authentication protection) {
    throw new IllegalArgumentException(refuses(protection));
  }

  @Override
  public IvSource ivs(Protection protection, RandomGenerator random) {
    return IvSource.counter(random.nextLong());
  }
}
