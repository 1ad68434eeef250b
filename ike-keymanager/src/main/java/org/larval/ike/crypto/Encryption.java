package org.larval.ike.crypto;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encryption algorithms (transform type 1) with their IANA numbers. Sizes are octets unless they
 * say bits.
 */
public enum Encryption {
  /** DES in a mode of 1995. */
  DES_IV64(1, "des_iv64", "DES keys can be searched (RFC 9395)"),
  /** DES-CBC, RFC 2405. */
  DES(2, "des", "DES keys can be searched (RFC 8247: MUST NOT)"),
  /** Triple DES. */
  TRIPLE_DES(3, "3des", "blocks of 64 bits repeat too soon (RFC 8221: SHOULD NOT)"),
  /** RC5-CBC. */
  RC5(4, "rc5", "deprecated by RFC 9395"),
  /** IDEA-CBC. */
  IDEA(5, "idea", "deprecated by RFC 9395"),
  /** CAST-128. */
  CAST(6, "cast128", "deprecated by RFC 9395"),
  /** Blowfish. */
  BLOWFISH(7, "blowfish", "deprecated by RFC 9395"),
  /** No encryption, of ESP only, RFC 2410. */
  NULL(11, "null", Kind.NONE, 0, 0, 0, 1, false),
  /** RFC 3602. */
  AES_CBC(12, "aes", Kind.CBC, 0, 16, 0, 16, true),
  /** RFC 3686, 5930. */
  AES_CTR(13, "aes/ctr", Kind.CTR, 4, 8, 0, 1, true),
  /** RFC 4309, 5282. */
  AES_CCM_8(14, "aes/ccm8", Kind.CCM, 3, 8, 8, 1, true),
  /** RFC 4309, 5282. */
  AES_CCM_12(15, "aes/ccm12", Kind.CCM, 3, 8, 12, 1, true),
  /** RFC 4309, 5282. */
  AES_CCM_16(16, "aes/ccm16", Kind.CCM, 3, 8, 16, 1, true),
  /** RFC 4106, 5282. */
  AES_GCM_8(18, "aes/gcm8", Kind.GCM, 4, 8, 8, 1, true),
  /** RFC 4106, 5282. */
  AES_GCM_12(19, "aes/gcm12", Kind.GCM, 4, 8, 12, 1, true),
  /** RFC 4106, 5282. */
  AES_GCM_16(20, "aes/gcm16", Kind.GCM, 4, 8, 16, 1, true),
  /** Authentication only, of ESP, RFC 4543. */
  NULL_AUTH_AES_GMAC(21, "aes/gmac", Kind.GMAC, 4, 8, 16, 1, true),
  /** RFC 5529. */
  CAMELLIA_CBC(23, "camellia", Kind.CBC, 0, 16, 0, 16, true),
  /** RFC 7634. */
  CHACHA20_POLY1305(28, "chacha20poly1305", Kind.CHACHA, 4, 8, 16, 1, false);

  /** How a cipher is driven. */
  enum Kind {
    NONE,
    CBC,
    CTR,
    CCM,
    GCM,
    GMAC,
    CHACHA
  }

  private static final List<Integer> BLOCK_KEY_BITS = List.of(128, 192, 256);

  private final int id;
  private final String stem;
  private final Kind kind;
  private final int saltSize;
  private final int ivSize;
  private final int icvSize;
  private final int blockSize;
  private final boolean variableKey;
  private final @Nullable String refusal;

  Encryption(int id, String stem, String refusal) {
    this.id = id;
    this.stem = stem;
    this.kind = Kind.NONE;
    this.saltSize = 0;
    this.ivSize = 0;
    this.icvSize = 0;
    this.blockSize = 1;
    this.variableKey = false;
    this.refusal = refusal;
  }

  Encryption(
      int id,
      String stem,
      Kind kind,
      int saltSize,
      int ivSize,
      int icvSize,
      int blockSize,
      boolean variableKey) {
    this.id = id;
    this.stem = stem;
    this.kind = kind;
    this.saltSize = saltSize;
    this.ivSize = ivSize;
    this.icvSize = icvSize;
    this.blockSize = blockSize;
    this.variableKey = variableKey;
    this.refusal = null;
  }

  /** IANA number. */
  public int id() {
    return id;
  }

  /** Octets of key material after the key that stay the same in every nonce. */
  public int saltSize() {
    return saltSize;
  }

  /** Octets that travel in front of the ciphertext. */
  public int ivSize() {
    return ivSize;
  }

  /** Octets of its own integrity check value; 0 where an {@link Integrity} must stand beside it. */
  public int icvSize() {
    return icvSize;
  }

  /** What the plaintext is padded to a multiple of. */
  public int blockSize() {
    return blockSize;
  }

  /** Whether it authenticates by itself (AEAD, RFC 5282), or authenticates only (GMAC). */
  public boolean combined() {
    return icvSize > 0;
  }

  /** Whether the Key Length attribute is mandatory; where it is not, it is forbidden. */
  public boolean variableKey() {
    return variableKey;
  }

  /** Whether IKE messages may be protected with it; ESP alone knows NULL and GMAC. */
  public boolean forIke() {
    return refusal == null && this != NULL && this != NULL_AUTH_AES_GMAC;
  }

  /** Whether a Key Length attribute fits, 0 for none. */
  public boolean accepts(int keyBits) {
    return variableKey ? BLOCK_KEY_BITS.contains(keyBits) : keyBits == 0;
  }

  /** Octets of key without salt, for a Key Length attribute. */
  public int keySize(int keyBits) {
    return this == CHACHA20_POLY1305 ? 32 : keyBits / 8;
  }

  /** Octets of key material: the key and its salt. */
  public int keyMaterialSize(int keyBits) {
    return keySize(keyBits) + saltSize;
  }

  /** What the RFCs say. */
  public Status status() {
    return refusal != null ? Status.REFUSED : Status.SOUND;
  }

  /** Why it is refused, or null. */
  public @Nullable String refusal() {
    return refusal;
  }

  Kind kind() {
    return kind;
  }

  /** strongSwan's keyword for a key length. */
  public String keyword(int keyBits) {
    if (!variableKey) {
      return stem;
    }
    int slash = stem.indexOf('/');
    return slash < 0
        ? stem + keyBits
        : stem.substring(0, slash) + keyBits + stem.substring(slash + 1);
  }

  /** The algorithm of a number, or null. */
  public static @Nullable Encryption of(int id) {
    for (Encryption one : values()) {
      if (one.id == id) {
        return one;
      }
    }
    return null;
  }
}
