package org.larval.xfrm.crypto;

import org.jspecify.annotations.Nullable;

/** The algorithms and keys of one SA, as {@code ip xfrm state add} and IKE's KEYMAT give them. */
public sealed interface Protection {
  /** The same with copies of the keys, so that each can be erased alone. */
  Protection copy();

  /** Overwrites the keys. */
  void erase();

  /**
   * ESP in combined mode ({@code aead}).
   *
   * @param key cipher key and salt together
   * @param icvBits size of the check value
   */
  record Combined(AeadAlgorithm algorithm, Secret key, int icvBits) implements Protection {
    /**
     * Checks sizes.
     *
     * @throws IllegalArgumentException in words for the user
     */
    public Combined {
      if (!algorithm.takesKey(key.length())) {
        throw new IllegalArgumentException(
            "key of %d bytes; %s takes %s"
                .formatted(key.length(), algorithm, algorithm.keyLengthsText()));
      }
      if (!algorithm.takesIcv(icvBits)) {
        throw new IllegalArgumentException(
            "ICV of %d bits; %s takes %s".formatted(icvBits, algorithm, algorithm.icvText()));
      }
    }

    @Override
    public Protection copy() {
      return new Combined(algorithm, key.copy(), icvBits);
    }

    @Override
    public void erase() {
      key.destroy();
    }
  }

  /**
   * ESP with encryption and integrity apart ({@code enc} and {@code auth} or {@code auth-trunc}).
   *
   * @param key the cipher's, nonce included where the cipher has one (CTR)
   * @param auth null for no integrity, as Linux allows and nobody should
   */
  record Separate(CryptAlgorithm algorithm, Secret key, @Nullable Authentication auth)
      implements Protection {
    /**
     * Checks sizes.
     *
     * @throws IllegalArgumentException in words for the user
     */
    public Separate {
      if (!algorithm.takesKey(key.length())) {
        throw new IllegalArgumentException(
            "key of %d bytes; %s takes %s"
                .formatted(key.length(), algorithm, algorithm.keyLengthsText()));
      }
    }

    @Override
    public Protection copy() {
      return new Separate(algorithm, key.copy(), auth == null ? null : auth.copy());
    }

    @Override
    public void erase() {
      key.destroy();
      if (auth != null) {
        auth.erase();
      }
    }
  }

  /**
   * Integrity alone: AH, or the integrity half of ESP.
   *
   * @param icvBits size of the truncated check value
   * @param truncated whether the size was given ({@code auth-trunc}) or is the default
   */
  record Authentication(AuthAlgorithm algorithm, Secret key, int icvBits, boolean truncated)
      implements Protection {
    /**
     * Checks sizes.
     *
     * @throws IllegalArgumentException in words for the user
     */
    public Authentication {
      if (!algorithm.takesKey(key.length())) {
        throw new IllegalArgumentException(
            "key of %d bytes; %s takes %s"
                .formatted(key.length(), algorithm, algorithm.keyLengthsText()));
      }
      if (!algorithm.takesIcv(icvBits)) {
        throw new IllegalArgumentException(
            "ICV of %d bits; %s takes %s".formatted(icvBits, algorithm, algorithm.icvText()));
      }
    }

    /** With the size that Linux takes if none is given. */
    public static Authentication standard(AuthAlgorithm algorithm, Secret key) {
      return new Authentication(algorithm, key, algorithm.defaultIcvBits(), false);
    }

    @Override
    public Authentication copy() {
      return new Authentication(algorithm, key.copy(), icvBits, truncated);
    }

    @Override
    public void erase() {
      key.destroy();
    }
  }

  /** IPComp ({@code comp}): no key. */
  record Compression(CompAlgorithm algorithm) implements Protection {
    @Override
    public Protection copy() {
      return this;
    }

    @Override
    public void erase() {
      // nothing secret
    }
  }
}
