package org.larval.pcap;

import org.jspecify.annotations.Nullable;

/** The integrity algorithms of IKEv2 by the names that Wireshark's ikev2_decryption_table knows. */
public enum IkeIntegrity {
  /** RFC 2403. */
  HMAC_MD5_96("HMAC_MD5_96 [RFC2403]", 12),
  /** RFC 2404. */
  HMAC_SHA1_96("HMAC_SHA1_96 [RFC2404]", 12),
  /** RFC 4595. */
  HMAC_MD5_128("HMAC_MD5_128 [RFC4595]", 16),
  /** RFC 4595. */
  HMAC_SHA1_160("HMAC_SHA1_160 [RFC4595]", 20),
  /** RFC 4868. */
  HMAC_SHA2_256_128("HMAC_SHA2_256_128 [RFC4868]", 16),
  /** RFC 4868. */
  HMAC_SHA2_384_192("HMAC_SHA2_384_192 [RFC4868]", 24),
  /** RFC 4868. */
  HMAC_SHA2_512_256("HMAC_SHA2_512_256 [RFC4868]", 32),
  /** SHA-256 as Linux cut it once. */
  HMAC_SHA2_256_96("HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]", 12),
  /** None, or an AEAD's own. */
  NONE("NONE [RFC4306]", 0),
  /** Not looked at. */
  ANY_64("ANY 64-bits of Authentication [No Checking]", 8),
  /** Not looked at. */
  ANY_96("ANY 96-bits of Authentication [No Checking]", 12),
  /** Not looked at. */
  ANY_128("ANY 128-bits of Authentication [No Checking]", 16),
  /** Not looked at. */
  ANY_160("ANY 160-bits of Authentication [No Checking]", 20),
  /** Not looked at. */
  ANY_192("ANY 192-bits of Authentication [No Checking]", 24),
  /** Not looked at. */
  ANY_256("ANY 256-bits of Authentication [No Checking]", 32);

  private final String label;
  private final int size;

  IkeIntegrity(String label, int size) {
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
  public static @Nullable IkeIntegrity of(String label) {
    for (IkeIntegrity one : values()) {
      if (one.label.equalsIgnoreCase(label)) {
        return one;
      }
    }
    return null;
  }
}
