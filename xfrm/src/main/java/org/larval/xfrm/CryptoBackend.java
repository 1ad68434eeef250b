package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/** A crypto library as the SAs see it. An instance belongs to one thread. */
public sealed interface CryptoBackend permits JceBackend {
  /** The JDK's own ciphers: nothing to install. */
  static CryptoBackend jce() {
    return new JceBackend();
  }

  /** The library's name, for reports. */
  String label();

  /**
   * Why an algorithm with this size of integrity check value cannot be used here, or null if it
   * can.
   */
  @Nullable String refuses(AeadAlgorithm algorithm, int icvBits);

  /**
   * A cipher with a key.
   *
   * @param key without the salt; the cipher takes its own copy
   */
  Aead aead(AeadAlgorithm algorithm, Secret key, int icvBits);
}
