package org.larval.xfrm.crypto;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A crypto library as the SAs see it. An instance belongs to one thread. */
public sealed interface CryptoBackend permits JceBackend, IpsecMbBackend {
  /** The JDK's own ciphers: nothing to install. */
  static CryptoBackend jce() {
    return new JceBackend();
  }

  /** The library's name, for reports. */
  String label();

  /** Whether packets in native memory are worked on where they are, and others copied. */
  default boolean prefersNativeMemory() {
    return false;
  }

  /** Why algorithms of these sizes cannot be used here, or null if they can. */
  @Nullable String refuses(Protection protection);

  /**
   * A cipher for ESP.
   *
   * @param protection {@link Protection.Combined} or {@link Protection.Separate}; the cipher takes
   *     its own copies of the keys
   * @param extended whether sequence numbers have 64 bits
   * @throws IllegalArgumentException in words for the user, as {@link #refuses}
   */
  EspCipher esp(Protection protection, boolean extended);

  /** Check values for AH. The algorithm takes its own copy of the key. */
  Icv ah(Protection.Authentication protection);

  /** Initialization vectors that suit an algorithm of ESP: a counter, or unpredictable ones. */
  IvSource ivs(Protection protection, RandomGenerator random);
}
