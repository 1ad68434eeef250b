package org.larval.ike.crypto;

import org.jspecify.annotations.Nullable;

/** Integrity algorithms (transform type 3) with their IANA numbers; sizes in octets. */
public enum Integrity {
  /** None beside a cipher that authenticates. */
  NONE(0, "none", "", 0, 0, Status.SOUND, null),
  /** RFC 2403. */
  HMAC_MD5_96(1, "md5", "", 16, 12, Status.REFUSED, "MD5 is broken (RFC 8247: MUST NOT)"),
  /** RFC 2404; MUST- in RFC 8247, so only by name. */
  HMAC_SHA1_96(2, "sha1", "HmacSHA1", 20, 12, Status.BY_NAME, null),
  /** DES-MAC. */
  DES_MAC(3, "desmac", "", 8, 8, Status.REFUSED, "RFC 8247: MUST NOT"),
  /** KPDK-MD5. */
  KPDK_MD5(4, "kpdkmd5", "", 16, 0, Status.REFUSED, "RFC 8247: MUST NOT"),
  /** RFC 3566. */
  AES_XCBC_96(5, "aesxcbc", "XCBC", 16, 12, Status.SOUND, null),
  /** RFC 4595, for Fibre Channel. */
  HMAC_MD5_128(6, "md5_128", "", 16, 16, Status.REFUSED, "deprecated by RFC 9395"),
  /** RFC 4595, for Fibre Channel. */
  HMAC_SHA1_160(7, "sha1_160", "", 20, 20, Status.REFUSED, "deprecated by RFC 9395"),
  /** RFC 4494. */
  AES_CMAC_96(8, "aescmac", "CMAC", 16, 12, Status.SOUND, null),
  /** GMAC for AH, RFC 4543; the key material ends with 4 octets of salt. */
  AES_128_GMAC(9, "aes128gmac", "", 20, 16, Status.SOUND, null),
  /** GMAC for AH, RFC 4543. */
  AES_192_GMAC(10, "aes192gmac", "", 28, 16, Status.SOUND, null),
  /** GMAC for AH, RFC 4543. */
  AES_256_GMAC(11, "aes256gmac", "", 36, 16, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_256_128(12, "sha256", "HmacSHA256", 32, 16, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_384_192(13, "sha384", "HmacSHA384", 48, 24, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_512_256(14, "sha512", "HmacSHA512", 64, 32, Status.SOUND, null);

  private final int id;
  private final String keyword;
  private final String mac;
  private final int keySize;
  private final int icvSize;
  private final Status status;
  private final @Nullable String refusal;

  Integrity(
      int id,
      String keyword,
      String mac,
      int keySize,
      int icvSize,
      Status status,
      @Nullable String refusal) {
    this.id = id;
    this.keyword = keyword;
    this.mac = mac;
    this.keySize = keySize;
    this.icvSize = icvSize;
    this.status = status;
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

  /** Octets of key material. */
  public int keySize() {
    return keySize;
  }

  /** Octets of the integrity check value. */
  public int icvSize() {
    return icvSize;
  }

  /** What the RFCs say. */
  public Status status() {
    return status;
  }

  /** Why it is refused, or null. */
  public @Nullable String refusal() {
    return refusal;
  }

  /** Whether IKE messages may be protected with it; GMAC serves AH alone. */
  public boolean forIke() {
    return !mac.isEmpty();
  }

  /** The PRF that strongSwan takes where a proposal names integrity only, or null. */
  @Nullable Prf impliedPrf() {
    return switch (this) {
      case HMAC_SHA1_96 -> Prf.HMAC_SHA1;
      case HMAC_SHA2_256_128 -> Prf.HMAC_SHA2_256;
      case HMAC_SHA2_384_192 -> Prf.HMAC_SHA2_384;
      case HMAC_SHA2_512_256 -> Prf.HMAC_SHA2_512;
      case AES_XCBC_96 -> Prf.AES128_XCBC;
      case AES_CMAC_96 -> Prf.AES128_CMAC;
      default -> null;
    };
  }

  String mac() {
    return mac;
  }

  /** The algorithm of a number, or null. */
  public static @Nullable Integrity of(int id) {
    for (Integrity one : values()) {
      if (one.id == id) {
        return one;
      }
    }
    return null;
  }
}
