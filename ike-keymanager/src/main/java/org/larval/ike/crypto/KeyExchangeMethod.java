package org.larval.ike.crypto;

import org.jspecify.annotations.Nullable;

/**
 * Key exchange methods (transform types 4 and 6 to 12) with their IANA numbers. Sizes are octets of
 * the KE payload's data.
 */
public enum KeyExchangeMethod {
  /** None: a child without forward secrecy, or an additional exchange left out. */
  NONE(0, "none", Kind.NONE, 0, 0, null),
  /** RFC 7296. */
  MODP_768(1, "modp768", Kind.MODP, 96, 96, "too short (RFC 8247: MUST NOT)"),
  /** RFC 7296. */
  MODP_1024(2, "modp1024", Kind.MODP, 128, 128, "too short (RFC 8247: SHOULD NOT)"),
  /** RFC 3526. */
  MODP_1536(5, "modp1536", Kind.MODP, 192, 192, "too short (RFC 8247: SHOULD NOT)"),
  /** RFC 3526. */
  MODP_2048(14, "modp2048", Kind.MODP, 256, 256, null),
  /** RFC 3526. */
  MODP_3072(15, "modp3072", Kind.MODP, 384, 384, null),
  /** RFC 3526. */
  MODP_4096(16, "modp4096", Kind.MODP, 512, 512, null),
  /** RFC 3526. */
  MODP_6144(17, "modp6144", Kind.MODP, 768, 768, null),
  /** RFC 3526. */
  MODP_8192(18, "modp8192", Kind.MODP, 1024, 1024, null),
  /** RFC 5903. */
  ECP_256(19, "ecp256", Kind.ECP, 64, 64, null),
  /** RFC 5903. */
  ECP_384(20, "ecp384", Kind.ECP, 96, 96, null),
  /** RFC 5903. */
  ECP_521(21, "ecp521", Kind.ECP, 132, 132, null),
  /** RFC 5114. */
  MODP_1024_160(22, "modp1024s160", Kind.MODP, 128, 128, "small subgroup (RFC 8247: MUST NOT)"),
  /** RFC 5114. */
  MODP_2048_224(23, "modp2048s224", Kind.MODP, 256, 256, "small subgroup (RFC 8247: SHOULD NOT)"),
  /** RFC 5114. */
  MODP_2048_256(24, "modp2048s256", Kind.MODP, 256, 256, "small subgroup (RFC 8247: SHOULD NOT)"),
  /** RFC 5903's neighbour of 192 bits. */
  ECP_192(25, "ecp192", Kind.ECP, 48, 48, "too short"),
  /** RFC 5903's neighbour of 224 bits. */
  ECP_224(26, "ecp224", Kind.ECP, 56, 56, "too short"),
  /** RFC 6954. */
  BRAINPOOL_224(27, "ecp224bp", Kind.ECP, 56, 56, null),
  /** RFC 6954. */
  BRAINPOOL_256(28, "ecp256bp", Kind.ECP, 64, 64, null),
  /** RFC 6954. */
  BRAINPOOL_384(29, "ecp384bp", Kind.ECP, 96, 96, null),
  /** RFC 6954. */
  BRAINPOOL_512(30, "ecp512bp", Kind.ECP, 128, 128, null),
  /** RFC 8031. */
  X25519(31, "x25519", Kind.X25519, 32, 32, null),
  /** RFC 8031. */
  X448(32, "x448", Kind.X448, 56, 56, null),
  /** FIPS 203, draft-ietf-ipsecme-ikev2-mlkem. */
  ML_KEM_512(35, "mlkem512", Kind.ML_KEM, 800, 768, null),
  /** FIPS 203. */
  ML_KEM_768(36, "mlkem768", Kind.ML_KEM, 1184, 1088, null),
  /** FIPS 203. */
  ML_KEM_1024(37, "mlkem1024", Kind.ML_KEM, 1568, 1568, null);

  /** The mathematics. */
  enum Kind {
    NONE,
    MODP,
    ECP,
    X25519,
    X448,
    ML_KEM
  }

  private final int id;
  private final String keyword;
  private final Kind kind;
  private final int initiatorSize;
  private final int responderSize;
  private final @Nullable String refusal;

  KeyExchangeMethod(
      int id,
      String keyword,
      Kind kind,
      int initiatorSize,
      int responderSize,
      @Nullable String refusal) {
    this.id = id;
    this.keyword = keyword;
    this.kind = kind;
    this.initiatorSize = initiatorSize;
    this.responderSize = responderSize;
    this.refusal = refusal;
  }

  /** IANA number. */
  public int id() {
    return id;
  }

  /** strongSwan's keyword. */
  public String keyword() {
    return keyword;
  }

  /** Octets that an initiator sends. */
  public int initiatorSize() {
    return initiatorSize;
  }

  /** Octets that a responder sends. */
  public int responderSize() {
    return responderSize;
  }

  /** Whether a quantum computer is not known to break it. */
  public boolean postQuantum() {
    return kind == Kind.ML_KEM;
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

  /** The method of a number, or null. */
  public static @Nullable KeyExchangeMethod of(int id) {
    for (KeyExchangeMethod one : values()) {
      if (one.id == id) {
        return one;
      }
    }
    return null;
  }
}
