package org.larval.xfrm;

import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** The ciphers of the JDK (SunJCE). */
final class JceBackend implements CryptoBackend {
  private static final int MIN_GCM_ICV = 96;

  @Override
  public String label() {
    return "jce";
  }

  @Override
  public @Nullable String refuses(AeadAlgorithm algorithm, int icvBits) {
    return switch (algorithm) {
      case AES_GCM ->
          icvBits < MIN_GCM_ICV
              ? "the JDK's GCM makes no check value of " + icvBits + " bits; use 128 or 96"
              : null;
    };
  }

  @Override
  public Aead aead(AeadAlgorithm algorithm, Secret key, int icvBits) {
    String refusal = refuses(algorithm, icvBits);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    try {
      return switch (algorithm) {
        case AES_GCM -> new JceGcm(key, icvBits);
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + algorithm, e);
    }
  }
}
