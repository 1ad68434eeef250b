package org.larval.pcap;

import org.jspecify.annotations.Nullable;

/** The authentications of ESP by the names that Wireshark's table {@code esp_sa} knows. */
public enum EspAuthentication {
  /** None, or an AEAD's own. */
  NULL("NULL", 0),
  /** RFC 2404. */
  HMAC_SHA1_96("HMAC-SHA-1-96 [RFC2404]", 12),
  /** SHA-256 as Linux cut it once. */
  HMAC_SHA256_96("HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", 12),
  /** RFC 4868. */
  HMAC_SHA256_128("HMAC-SHA-256-128 [RFC4868]", 16),
  /** RFC 4868. */
  HMAC_SHA384_192("HMAC-SHA-384-192 [RFC4868]", 24),
  /** RFC 4868. */
  HMAC_SHA512_256("HMAC-SHA-512-256 [RFC4868]", 32),
  /** RFC 2403. */
  HMAC_MD5_96("HMAC-MD5-96 [RFC2403]", 12),
  /** RFC 2857. */
  HMAC_RIPEMD160_96("MAC-RIPEMD-160-96 [RFC2857]", 12),
  /** Not looked at. */
  ANY_64("ANY 64 bit authentication [no checking]", 8),
  /** Not looked at. */
  ANY_96("ANY 96 bit authentication [no checking]", 12),
  /** Not looked at. */
  ANY_128("ANY 128 bit authentication [no checking]", 16),
  /** Not looked at. */
  ANY_192("ANY 192 bit authentication [no checking]", 24),
  /** Not looked at. */
  ANY_256("ANY 256 bit authentication [no checking]", 32);

  private final String label;
  private final int size;

  EspAuthentication(String label, int size) {
    this.label = label;
    this.size = size;
  }

  /** The name in the table. */
  public String label() {
    return label;
  }

  /** Octets of the ICV; 0 where an AEAD may have its own. */
  public int size() {
    return size;
  }

  /** What a name in the table stands for, or null. */
  public static @Nullable EspAuthentication of(String label) {
    for (EspAuthentication one : values()) {
      if (one.label.equalsIgnoreCase(label)) {
        return one;
      }
    }
    return null;
  }
}
