package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Makes the JDK forget a key as far as it can be made to: keyed anew, SunJCE overwrites the pads of
 * an HMAC and its copy of a cipher's key. The old round keys of AES stay in the heap until they are
 * collected and written over; nobody outside the JDK can reach them.
 */
final class Erasing {
  private Erasing() {}

  /** Keys a cipher with zeros. */
  static void cipher(Cipher cipher, Key key, int length, @Nullable AlgorithmParameterSpec spec) {
    try {
      cipher.init(Cipher.DECRYPT_MODE, blank(key, length), spec);
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
