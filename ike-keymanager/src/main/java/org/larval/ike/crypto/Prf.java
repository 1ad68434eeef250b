package org.larval.ike.crypto;

import org.jspecify.annotations.Nullable;

/** Pseudorandom functions (transform type 2) with their IANA numbers; sizes in octets. */
public enum Prf {
  /** RFC 2104. */
  HMAC_MD5(1, "prfmd5", "", 16, false, Status.REFUSED, "MD5 is broken (RFC 8247: MUST NOT)"),
  /** RFC 2104; MUST- in RFC 8247, so only by name. */
  HMAC_SHA1(2, "prfsha1", "HmacSHA1", 20, false, Status.BY_NAME, null),
  /** Tiger. */
  HMAC_TIGER(3, "prftiger", "", 24, false, Status.REFUSED, "RFC 8247: MUST NOT"),
  /** RFC 4434. */
  AES128_XCBC(4, "prfaesxcbc", "XCBC", 16, true, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_256(5, "prfsha256", "HmacSHA256", 32, false, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_384(6, "prfsha384", "HmacSHA384", 48, false, Status.SOUND, null),
  /** RFC 4868. */
  HMAC_SHA2_512(7, "prfsha512", "HmacSHA512", 64, false, Status.SOUND, null),
  /** RFC 4615. */
  AES128_CMAC(8, "prfaescmac", "CMAC", 16, true, Status.SOUND, null);

  private final int id;
  private final String keyword;
  private final String mac;
  private final int size;
  private final boolean fixedKey;
  private final Status status;
  private final @Nullable String refusal;

  Prf(
      int id,
      String keyword,
      String mac,
      int size,
      boolean fixedKey,
      Status status,
      @Nullable String refusal) {
    this.id = id;
    this.keyword = keyword;
    this.mac = mac;
    this.size = size;
    this.fixedKey = fixedKey;
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

  /** Octets of its output, and of its preferred key. */
  public int size() {
    return size;
  }

  /** Whether SKEYSEED takes 8 octets of each nonce as its key (RFC 7296 section 2.14). */
  public boolean fixedKey() {
    return fixedKey;
  }

  /** What the RFCs say. */
  public Status status() {
    return status;
  }

  /** Why it is refused, or null. */
  public @Nullable String refusal() {
    return refusal;
  }

  String mac() {
    return mac;
  }

  /** The function of a number, or null. */
  public static @Nullable Prf of(int id) {
    for (Prf one : values()) {
      if (one.id == id) {
        return one;
      }
    }
    return null;
  }
}
