package org.larval.ike.crypto;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Transform;

/** strongSwan's words for algorithms, both ways, and why some of them are refused. */
final class Keywords {
  private static final Map<String, Transform> BY_WORD = new HashMap<>();
  private static final Map<String, String> REFUSED = new HashMap<>();
  private static final Map<Transform, String> BY_TRANSFORM = new HashMap<>();

  static {
    for (Encryption one : Encryption.values()) {
      for (int keyBits : one.variableKey() ? List.of(128, 192, 256) : List.of(0)) {
        put(one.keyword(keyBits), new Transform(Transform.ENCR, one.id(), keyBits), one.refusal());
      }
    }
    for (Integrity one : Integrity.values()) {
      // "none" is a key exchange, and GMAC names the ESP cipher unless AH asks
      if (one != Integrity.NONE && !one.keyword().endsWith("gmac")) {
        put(one.keyword(), new Transform(Transform.INTEG, one.id()), one.refusal());
      }
    }
    for (Prf one : Prf.values()) {
      put(one.keyword(), new Transform(Transform.PRF, one.id()), one.refusal());
    }
    for (KeyExchangeMethod one : KeyExchangeMethod.values()) {
      put(one.keyword(), new Transform(Transform.KE, one.id()), one.refusal());
    }
    put("noesn", new Transform(Transform.SN, 0), null);
    put("esn", new Transform(Transform.SN, 1), null);
    alias("aes", "aes128");
    alias("camellia", "camellia128");
    for (int keyBits : List.of(128, 192, 256)) {
      for (String mode : List.of("gcm", "ccm")) {
        alias("aes" + keyBits + mode, "aes" + keyBits + mode + "16");
        for (int icv : List.of(8, 12, 16)) {
          alias("aes" + keyBits + mode + icv * 8, "aes" + keyBits + mode + icv);
        }
      }
    }
    for (int bits : List.of(256, 384, 512)) {
      alias("sha2_" + bits, "sha" + bits);
    }
    alias("sha", "sha1");
    alias("modpnone", "none");
    alias("curve25519", "x25519");
    alias("curve448", "x448");
    REFUSED.put("modpnull", "it exchanges no key");
    for (String word : List.of("blowfish128", "blowfish192", "blowfish256")) {
      REFUSED.put(word, "deprecated by RFC 9395");
    }
    for (String word : List.of("sha256_96", "sha2_256_96")) {
      REFUSED.put(word, "a truncation of private use, against RFC 4868");
    }
  }

  private Keywords() {}

  private static void put(String word, Transform transform, @Nullable String refusal) {
    if (refusal == null) {
      BY_WORD.put(word, transform);
    } else {
      REFUSED.put(word, refusal);
    }
    BY_TRANSFORM.put(transform, word);
  }

  private static void alias(String word, String of) {
    Transform transform = BY_WORD.get(of);
    if (transform != null) {
      BY_WORD.put(word, transform);
    }
  }

  /** What a word names; ke1_ to ke7_ in front make a key exchange an additional one. */
  static @Nullable Transform transform(String word) {
    int additional = additional(word);
    if (additional == 0) {
      return BY_WORD.get(word);
    }
    Transform base = BY_WORD.get(word.substring(4));
    return base == null || base.type() != Transform.KE
        ? null
        : new Transform(Transform.ADDKE1 + additional - 1, base.id());
  }

  private static int additional(String word) {
    return word.length() > 4
            && word.startsWith("ke")
            && word.charAt(2) >= '1'
            && word.charAt(2) <= '7'
            && word.charAt(3) == '_'
        ? word.charAt(2) - '0'
        : 0;
  }

  /** Why a word is refused, or null. */
  static @Nullable String refusal(String word) {
    return REFUSED.get(additional(word) == 0 ? word : word.substring(4));
  }

  /** GMAC in an AH proposal is an integrity algorithm with a number of its own. */
  static @Nullable Transform gmac(Transform encr) {
    return encr.id() != Encryption.NULL_AUTH_AES_GMAC.id()
        ? null
        : new Transform(
            Transform.INTEG,
            switch (encr.keyBits()) {
              case 128 -> Integrity.AES_128_GMAC.id();
              case 192 -> Integrity.AES_192_GMAC.id();
              default -> Integrity.AES_256_GMAC.id();
            });
  }

  /** The word for a transform; one that has none is written by its numbers. */
  static String word(Transform transform) {
    if (transform.type() >= Transform.ADDKE1 && transform.type() < Transform.ADDKE1 + 7) {
      return "ke"
          + (transform.type() - Transform.ADDKE1 + 1)
          + "_"
          + word(new Transform(Transform.KE, transform.id()));
    }
    if (transform.type() == Transform.INTEG) {
      Integrity integrity = Integrity.of(transform.id());
      return integrity == null ? numbers(transform) : integrity.keyword();
    }
    String word = BY_TRANSFORM.get(transform);
    return word == null ? numbers(transform) : word;
  }

  private static String numbers(Transform transform) {
    String bits = transform.keyBits() == 0 ? "" : "/" + transform.keyBits();
    return "unknown(" + transform.type() + ":" + transform.id() + bits + ")";
  }
}
