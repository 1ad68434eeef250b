package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Makes the JDK forget a key: keyed anew with zeros, SunJCE 25 overwrites its copies of the key,
 * the round keys of AES, the state of ChaCha20 and the pads of an HMAC. What it does not overwrite
 * is in docs/decisions/007-crypto.md.
 */
final class Erasing {
  private Erasing() {}

  /** Keys a cipher with zeros. */
  static void cipher(Cipher cipher, Key key, int length, @Nullable AlgorithmParameterSpec spec) {
    try {
      // GCM compares keys, and so forgets the old one, only when it encrypts.
      cipher.init(Cipher.ENCRYPT_MODE, blank(key, length), spec);
    } catch (GeneralSecurityException e) {
      // Zeros are weak keys for no cipher of ours; were they refused, only the overwriting is lost.
    }
  }

  /** Keys a MAC with zeros. */
  static void mac(Mac mac, Key key, int length) {
    try {
      mac.init(blank(key, length));
    } catch (GeneralSecurityException e) {
      // as above
    }
  }

  private static Secret blank(Key key, int length) {
    return Secret.copyOf(new byte[length]).part(0, length, key.getAlgorithm());
  }
}
