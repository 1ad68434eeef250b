package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** What a CERT payload holds (RFC 7296 section 3.6). */
public enum CertificateEncoding {
  /** Deprecated. */
  PKCS7_WRAPPED_X509(1, "pkcs7"),
  /** A PGP certificate. */
  PGP(2, "pgp"),
  /** A KEY record. */
  DNS_SIGNED_KEY(3, "dns-signed-key"),
  /** A certificate in DER. */
  X509_SIGNATURE(4, "x509"),
  /** A Kerberos token. */
  KERBEROS_TOKEN(6, "kerberos"),
  /** A certificate revocation list in DER. */
  CRL(7, "crl"),
  /** An authority revocation list. */
  ARL(8, "arl"),
  /** An SPKI certificate. */
  SPKI(9, "spki"),
  /** An attribute certificate. */
  X509_ATTRIBUTE(10, "x509-attribute"),
  /** An RSA key of PKCS #1, deprecated. */
  RAW_RSA_KEY(11, "raw-rsa"),
  /** SHA-1 and URL of a certificate. */
  HASH_AND_URL(12, "hash-and-url"),
  /** SHA-1 and URL of several certificates. */
  HASH_AND_URL_BUNDLE(13, "hash-and-url-bundle"),
  /** A response about a certificate (RFC 4806). */
  OCSP(14, "ocsp"),
  /** SubjectPublicKeyInfo in DER (RFC 7670). */
  RAW_PUBLIC_KEY(15, "raw-public-key");

  private final int number;
  private final String label;

  CertificateEncoding(int number, String label) {
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

  /** The encoding of a number, or null. */
  public static @Nullable CertificateEncoding of(int number) {
    for (CertificateEncoding one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    CertificateEncoding one = of(number);
    return one == null ? "encoding-" + number : one.label;
  }
}
