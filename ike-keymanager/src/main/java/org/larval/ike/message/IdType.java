package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Kinds of identities (RFC 7296 section 3.5). */
public enum IdType {
  /** Four octets. */
  IPV4_ADDR(1, "ipv4"),
  /** A name of the DNS. */
  FQDN(2, "fqdn"),
  /** A mail address. */
  RFC822_ADDR(3, "email"),
  /** Sixteen octets. */
  IPV6_ADDR(5, "ipv6"),
  /** A distinguished name. */
  DER_ASN1_DN(9, "dn"),
  /** Any general name of X.509. */
  DER_ASN1_GN(10, "gn"),
  /** Opaque octets. */
  KEY_ID(11, "keyid"),
  /** Nobody (RFC 7619). */
  NULL(13, "null");

  private final int number;
  private final String label;

  IdType(int number, String label) {
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

  /** The kind of a number, or null. */
  public static @Nullable IdType of(int number) {
    for (IdType one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    IdType one = of(number);
    return one == null ? "id-type-" + number : one.label;
  }
}
