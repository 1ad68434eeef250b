package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** How an AUTH payload proves (RFC 7296 section 3.8). */
public enum AuthMethod {
  /** RSA PKCS #1 with SHA-1. */
  RSA_SIGNATURE(1, "rsa"),
  /** A key that both know. */
  SHARED_KEY(2, "psk"),
  /** DSA with SHA-1. */
  DSS_SIGNATURE(3, "dss"),
  /** ECDSA with SHA-256 on P-256 (RFC 4754). */
  ECDSA_256(9, "ecdsa-256"),
  /** ECDSA with SHA-384 on P-384 (RFC 4754). */
  ECDSA_384(10, "ecdsa-384"),
  /** ECDSA with SHA-512 on P-521 (RFC 4754). */
  ECDSA_521(11, "ecdsa-521"),
  /** A secure password method (RFC 6467). */
  SECURE_PASSWORD(12, "gspam"),
  /** Nothing (RFC 7619). */
  NULL(13, "null"),
  /** Any signature, which names itself (RFC 7427). */
  DIGITAL_SIGNATURE(14, "signature");

  private final int number;
  private final String label;

  AuthMethod(int number, String label) {
    this.number = number;
    this.label = label;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** Its short name. */
  public String label() {
    return label;
  }

  /** The method of a number, or null. */
  public static @Nullable AuthMethod of(int number) {
    for (AuthMethod one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    AuthMethod one = of(number);
    return one == null ? "auth-method-" + number : one.label;
  }
}
