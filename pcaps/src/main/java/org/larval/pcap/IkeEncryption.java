package org.larval.pcap;

import org.jspecify.annotations.Nullable;

/** The encryptions of IKEv2 by the names that Wireshark's ikev2_decryption_table knows. */
public enum IkeEncryption {
  /** RFC 2451. */
  TRIPLE_DES("3DES [RFC2451]"),
  /** RFC 3602. */
  AES_CBC_128("AES-CBC-128 [RFC3602]"),
  /** RFC 3602. */
  AES_CBC_192("AES-CBC-192 [RFC3602]"),
  /** RFC 3602. */
  AES_CBC_256("AES-CBC-256 [RFC3602]"),
  /** None. */
  NULL("NULL [RFC2410]"),
  /** The key is followed by the 4 octets of nonce. */
  AES_CTR_128("AES-CTR-128 [RFC5930]"),
  /** The key is followed by the 4 octets of nonce. */
  AES_CTR_192("AES-CTR-192 [RFC5930]"),
  /** The key is followed by the 4 octets of nonce. */
  AES_CTR_256("AES-CTR-256 [RFC5930]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_128_16("AES-GCM-128 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_192_16("AES-GCM-192 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_256_16("AES-GCM-256 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_128_8("AES-GCM-128 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_192_8("AES-GCM-192 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_256_8("AES-GCM-256 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_128_12("AES-GCM-128 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_192_12("AES-GCM-192 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  AES_GCM_256_12("AES-GCM-256 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_128_16("AES-CCM-128 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_192_16("AES-CCM-192 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_256_16("AES-CCM-256 with 16 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_128_8("AES-CCM-128 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_192_8("AES-CCM-192 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_256_8("AES-CCM-256 with 8 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_128_12("AES-CCM-128 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_192_12("AES-CCM-192 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 3 octets of salt. */
  AES_CCM_256_12("AES-CCM-256 with 12 octet ICV [RFC5282]"),
  /** The key is followed by the 4 octets of salt. */
  CHACHA20_POLY1305("ChaCha20-Poly1305 [RFC7634]");

  private final String label;

  IkeEncryption(String label) {
    this.label = label;
  }

  /** The name in the table. */
  public String label() {
    return label;
  }

  /** What a name in the table stands for, or null. */
  public static @Nullable IkeEncryption of(String label) {
    for (IkeEncryption one : values()) {
      if (one.label.equalsIgnoreCase(label)) {
        return one;
      }
    }
    return null;
  }
}
