package org.larval.pcap;

import org.jspecify.annotations.Nullable;

/** The encryptions of ESP by the names that Wireshark's table {@code esp_sa} knows. */
public enum EspEncryption {
  /** None. */
  NULL("NULL"),
  /** RFC 2451. */
  TRIPLE_DES_CBC("TripleDES-CBC [RFC2451]"),
  /** RFC 3602. */
  AES_CBC("AES-CBC [RFC3602]"),
  /** The key is followed by the 4 octets of nonce. */
  AES_CTR("AES-CTR [RFC3686]"),
  /** RFC 2405. */
  DES_CBC("DES-CBC [RFC2405]"),
  /** RFC 2144. */
  CAST5_CBC("CAST5-CBC [RFC2144]"),
  /** RFC 2451. */
  BLOWFISH_CBC("BLOWFISH-CBC [RFC2451]"),
  /** Twofish. */
  TWOFISH_CBC("TWOFISH-CBC"),
  /**
   * AES-GCM whose ICV has the size of the authentication; the key is followed by the 4 octets of
   * salt.
   */
  AES_GCM("AES-GCM [RFC4106]"),
  /** AES-GCM with an 8-octet ICV; the key is followed by the 4 octets of salt. */
  AES_GCM_8("AES-GCM with 8 octet ICV [RFC4106]"),
  /** AES-GCM with a 12-octet ICV; the key is followed by the 4 octets of salt. */
  AES_GCM_12("AES-GCM with 12 octet ICV [RFC4106]"),
  /** AES-GCM with a 16-octet ICV; the key is followed by the 4 octets of salt. */
  AES_GCM_16("AES-GCM with 16 octet ICV [RFC4106]"),
  /** AES-GCM whose IV is the sequence number; the key is followed by the 4 octets of salt. */
  AES_GCM_16_IIV("AES-GCM with IIV and 16 octet ICV [RFC4106 & RFC8750]"),
  /** ChaCha20 with Poly1305; the key is followed by the 4 octets of salt. */
  CHACHA20_POLY1305("ChaCha20 with Poly1305 [RFC7634]"),
  /**
   * ChaCha20 with Poly1305 whose IV is the sequence number; the key is followed by the 4 octets of
   * salt.
   */
  CHACHA20_POLY1305_IIV("ChaCha20 with Poly1305 and IIV [RFC7634 & RFC8750]");

  private final String label;

  EspEncryption(String label) {
    this.label = label;
  }

  /** The name in the table. */
  public String label() {
    return label;
  }

  /** What a name in the table stands for, or null. */
  public static @Nullable EspEncryption of(String label) {
    for (EspEncryption one : values()) {
      if (one.label.equalsIgnoreCase(label)) {
        return one;
      }
    }
    return null;
  }
}
