package org.larval.lab.show;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Transform;
import org.larval.pcap.EspAuthentication;
import org.larval.pcap.EspEncryption;
import org.larval.pcap.IkeEncryption;
import org.larval.pcap.IkeIntegrity;

/**
 * The algorithms of ESP or of an IKE SA as a reader needs them: everything that anybody may have
 * used, the broken ones too.
 *
 * @param icv octets of an AEAD's own check value, 0 if it is none
 * @param implicitIv the IV is the sequence number (RFC 8750)
 */
record CipherSpec(Kind kind, int icv, Check check, boolean implicitIv) {
  /** How content is encrypted; salt and IV in octets. */
  enum Kind {
    NULL(0, 0),
    DES(0, 8),
    TRIPLE_DES(0, 8),
    CAST5(0, 8),
    BLOWFISH(0, 8),
    TWOFISH(0, 16),
    AES(0, 16),
    CAMELLIA(0, 16),
    AES_CTR(4, 8),
    CAMELLIA_CTR(4, 8),
    AES_GCM(4, 8),
    AES_CCM(3, 8),
    CAMELLIA_CCM(3, 8),
    CHACHA20_POLY1305(4, 8),
    /** Authenticates only (RFC 4543). */
    AES_GMAC(4, 8);

    private final int salt;
    private final int iv;

    Kind(int salt, int iv) {
      this.salt = salt;
      this.iv = iv;
    }

    int salt() {
      return salt;
    }

    int iv() {
      return iv;
    }
  }

  /** The function of a separate check value. */
  enum Mac {
    NONE,
    MD5,
    SHA1,
    SHA256,
    SHA384,
    SHA512,
    RIPEMD160,
    XCBC,
    CMAC,
    /** There is one, but nobody looks at it. */
    UNCHECKED
  }

  /** A separate check value of so many octets. */
  record Check(Mac mac, int size) {}

  private static final Check NONE = new Check(Mac.NONE, 0);

  private static final Pattern SIZED = Pattern.compile("(.*?)_(\\d+)");

  private static CipherSpec aead(Kind kind, int icv) {
    return new CipherSpec(kind, icv, NONE, false);
  }

  private static CipherSpec with(Kind kind, Check check) {
    return new CipherSpec(kind, 0, check, false);
  }

  /** By Wireshark's names. */
  static CipherSpec of(EspEncryption encryption, EspAuthentication authentication) {
    Check check =
        new Check(
            switch (authentication) {
              case NULL -> Mac.NONE;
              case HMAC_SHA1_96 -> Mac.SHA1;
              case HMAC_SHA256_96, HMAC_SHA256_128 -> Mac.SHA256;
              case HMAC_SHA384_192 -> Mac.SHA384;
              case HMAC_SHA512_256 -> Mac.SHA512;
              case HMAC_MD5_96 -> Mac.MD5;
              case HMAC_RIPEMD160_96 -> Mac.RIPEMD160;
              case ANY_64, ANY_96, ANY_128, ANY_192, ANY_256 -> Mac.UNCHECKED;
            },
            authentication.size());
    return switch (encryption) {
      case NULL -> with(Kind.NULL, check);
      case TRIPLE_DES_CBC -> with(Kind.TRIPLE_DES, check);
      case AES_CBC -> with(Kind.AES, check);
      case AES_CTR -> with(Kind.AES_CTR, check);
      case DES_CBC -> with(Kind.DES, check);
      case CAST5_CBC -> with(Kind.CAST5, check);
      case BLOWFISH_CBC -> with(Kind.BLOWFISH, check);
      case TWOFISH_CBC -> with(Kind.TWOFISH, check);
      case AES_GCM -> aead(Kind.AES_GCM, check.size() == 0 ? 16 : Math.min(check.size(), 16));
      case AES_GCM_8 -> aead(Kind.AES_GCM, 8);
      case AES_GCM_12 -> aead(Kind.AES_GCM, 12);
      case AES_GCM_16 -> aead(Kind.AES_GCM, 16);
      case AES_GCM_16_IIV -> new CipherSpec(Kind.AES_GCM, 16, NONE, true);
      case CHACHA20_POLY1305 -> aead(Kind.CHACHA20_POLY1305, 16);
      case CHACHA20_POLY1305_IIV -> new CipherSpec(Kind.CHACHA20_POLY1305, 16, NONE, true);
    };
  }

  /** By Wireshark's names. */
  static CipherSpec of(IkeEncryption encryption, IkeIntegrity integrity) {
    Check check =
        new Check(
            switch (integrity) {
              case HMAC_MD5_96, HMAC_MD5_128 -> Mac.MD5;
              case HMAC_SHA1_96, HMAC_SHA1_160 -> Mac.SHA1;
              case HMAC_SHA2_256_128, HMAC_SHA2_256_96 -> Mac.SHA256;
              case HMAC_SHA2_384_192 -> Mac.SHA384;
              case HMAC_SHA2_512_256 -> Mac.SHA512;
              case NONE -> Mac.NONE;
              case ANY_64, ANY_96, ANY_128, ANY_160, ANY_192, ANY_256 -> Mac.UNCHECKED;
            },
            integrity.size());
    return switch (encryption) {
      case TRIPLE_DES -> with(Kind.TRIPLE_DES, check);
      case AES_CBC_128, AES_CBC_192, AES_CBC_256 -> with(Kind.AES, check);
      case NULL -> with(Kind.NULL, check);
      case AES_CTR_128, AES_CTR_192, AES_CTR_256 -> with(Kind.AES_CTR, check);
      case AES_GCM_128_16, AES_GCM_192_16, AES_GCM_256_16 -> aead(Kind.AES_GCM, 16);
      case AES_GCM_128_8, AES_GCM_192_8, AES_GCM_256_8 -> aead(Kind.AES_GCM, 8);
      case AES_GCM_128_12, AES_GCM_192_12, AES_GCM_256_12 -> aead(Kind.AES_GCM, 12);
      case AES_CCM_128_16, AES_CCM_192_16, AES_CCM_256_16 -> aead(Kind.AES_CCM, 16);
      case AES_CCM_128_8, AES_CCM_192_8, AES_CCM_256_8 -> aead(Kind.AES_CCM, 8);
      case AES_CCM_128_12, AES_CCM_192_12, AES_CCM_256_12 -> aead(Kind.AES_CCM, 12);
      case CHACHA20_POLY1305 -> aead(Kind.CHACHA20_POLY1305, 16);
    };
  }

  /** By the numbers of an answered proposal; null if there is one that nobody knows here. */
  static @Nullable CipherSpec of(Proposal answer) {
    List<Transform> encryption = answer.ofType(Transform.ENCR);
    List<Transform> integrity = answer.ofType(Transform.INTEG);
    if (encryption.isEmpty()) {
      return null;
    }
    Check check = NONE;
    if (!integrity.isEmpty()) {
      check =
          switch (integrity.getFirst().id()) {
            case 0 -> NONE;
            case 1 -> new Check(Mac.MD5, 12);
            case 2 -> new Check(Mac.SHA1, 12);
            case 5 -> new Check(Mac.XCBC, 12);
            case 6 -> new Check(Mac.MD5, 16);
            case 7 -> new Check(Mac.SHA1, 20);
            case 8 -> new Check(Mac.CMAC, 12);
            case 12 -> new Check(Mac.SHA256, 16);
            case 13 -> new Check(Mac.SHA384, 24);
            case 14 -> new Check(Mac.SHA512, 32);
            default -> new Check(Mac.UNCHECKED, 0);
          };
      if (check.mac() == Mac.UNCHECKED) {
        return null;
      }
    }
    return switch (encryption.getFirst().id()) {
      case 2 -> with(Kind.DES, check);
      case 3 -> with(Kind.TRIPLE_DES, check);
      case 6 -> with(Kind.CAST5, check);
      case 7 -> with(Kind.BLOWFISH, check);
      case 11 -> with(Kind.NULL, check);
      case 12 -> with(Kind.AES, check);
      case 13 -> with(Kind.AES_CTR, check);
      case 14 -> aead(Kind.AES_CCM, 8);
      case 15 -> aead(Kind.AES_CCM, 12);
      case 16 -> aead(Kind.AES_CCM, 16);
      case 18 -> aead(Kind.AES_GCM, 8);
      case 19 -> aead(Kind.AES_GCM, 12);
      case 20 -> aead(Kind.AES_GCM, 16);
      case 21 -> aead(Kind.AES_GMAC, 16);
      case 23 -> with(Kind.CAMELLIA, check);
      case 24 -> with(Kind.CAMELLIA_CTR, check);
      case 25 -> aead(Kind.CAMELLIA_CCM, 8);
      case 26 -> aead(Kind.CAMELLIA_CCM, 12);
      case 27 -> aead(Kind.CAMELLIA_CCM, 16);
      case 28 -> aead(Kind.CHACHA20_POLY1305, 16);
      case 30 -> new CipherSpec(Kind.AES_GCM, 16, NONE, true);
      case 31 -> new CipherSpec(Kind.CHACHA20_POLY1305, 16, NONE, true);
      default -> null;
    };
  }

  /**
   * By the names in strongSwan's log, such as {@code ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ};
   * null if it names no encryption that is known here.
   */
  static @Nullable CipherSpec named(String proposal) {
    List<Transform> transforms = new ArrayList<>();
    for (String word : proposal.substring(proposal.indexOf(':') + 1).split("/", -1)) {
      Integer integrity = integrity(word);
      Integer encryption = encryption(word);
      if (encryption == null) {
        Matcher sized = SIZED.matcher(word);
        encryption = sized.matches() ? encryption(sized.group(1)) : null;
      }
      if (integrity != null) {
        transforms.add(new Transform(Transform.INTEG, integrity));
      } else if (encryption != null) {
        transforms.add(new Transform(Transform.ENCR, encryption));
      }
    }
    return of(new Proposal(1, 0, Octets.EMPTY, transforms));
  }

  private static @Nullable Integer integrity(String word) {
    return switch (word) {
      case "HMAC_MD5_96" -> 1;
      case "HMAC_SHA1_96" -> 2;
      case "AES_XCBC_96" -> 5;
      case "HMAC_MD5_128" -> 6;
      case "HMAC_SHA1_160" -> 7;
      case "AES_CMAC_96" -> 8;
      case "HMAC_SHA2_256_128" -> 12;
      case "HMAC_SHA2_384_192" -> 13;
      case "HMAC_SHA2_512_256" -> 14;
      default -> null;
    };
  }

  private static @Nullable Integer encryption(String word) {
    return switch (word) {
      case "DES_CBC" -> 2;
      case "3DES_CBC" -> 3;
      case "CAST_CBC" -> 6;
      case "BLOWFISH_CBC" -> 7;
      case "NULL" -> 11;
      case "AES_CBC" -> 12;
      case "AES_CTR" -> 13;
      case "AES_CCM_8" -> 14;
      case "AES_CCM_12" -> 15;
      case "AES_CCM_16" -> 16;
      case "AES_GCM_8" -> 18;
      case "AES_GCM_12" -> 19;
      case "AES_GCM_16" -> 20;
      case "NULL_AES_GMAC", "AES_GMAC" -> 21;
      case "CAMELLIA_CBC" -> 23;
      case "CAMELLIA_CTR" -> 24;
      case "CAMELLIA_CCM_8" -> 25;
      case "CAMELLIA_CCM_12" -> 26;
      case "CAMELLIA_CCM_16" -> 27;
      case "CHACHA20_POLY1305" -> 28;
      default -> null;
    };
  }

  /** Octets at the end of a packet. */
  int trailer() {
    return icv > 0 ? icv : check.size();
  }

  /** Whether a wrong key or a changed packet is noticed. */
  boolean verifies() {
    return icv > 0 || check.mac() != Mac.NONE && check.mac() != Mac.UNCHECKED;
  }

  /** As in {@code aes_gcm 128} or {@code aes sha256 128}. */
  @Override
  public String toString() {
    String text = kind.name().toLowerCase(Locale.ROOT);
    return icv > 0
        ? text + " " + icv * 8
        : text + " " + check.mac().name().toLowerCase(Locale.ROOT) + " " + check.size() * 8;
  }
}
