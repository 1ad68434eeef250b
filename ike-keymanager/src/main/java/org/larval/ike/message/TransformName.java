package org.larval.ike.message;

/** Algorithms as strongSwan's proposals spell them; what has no name there has its number. */
final class TransformName {
  private TransformName() {}

  static String of(Transform transform) {
    String name =
        switch (transform.type()) {
          case Transform.ENCR -> encryption(transform.id(), transform.keyBits());
          case Transform.PRF -> prf(transform.id());
          case Transform.INTEG -> integrity(transform.id());
          case Transform.KE -> method(transform.id());
          case Transform.SN -> sequence(transform.id());
          default -> {
            int additional = transform.type() - Transform.ADDKE1 + 1;
            yield additional >= 1 && additional <= 7
                ? "ke" + additional + "_" + method(transform.id())
                : "transform-" + transform.type() + "-" + transform.id();
          }
        };
    boolean sized = transform.type() != Transform.ENCR && transform.keyBits() != 0;
    return name
        + (sized ? "/" + transform.keyBits() : "")
        + (transform.attributes().isEmpty() ? "" : "{" + transform.attributes() + "}");
  }

  private static String encryption(int id, int bits) {
    String size = bits == 0 ? "" : Integer.toString(bits);
    return switch (id) {
      case 1 -> "des-iv64";
      case 2 -> "des";
      case 3 -> "3des";
      case 4 -> "rc5" + size;
      case 5 -> "idea" + size;
      case 6 -> "cast" + size;
      case 7 -> "blowfish" + size;
      case 11 -> "null";
      case 12 -> "aes" + size;
      case 13 -> "aes" + size + "ctr";
      case 14 -> "aes" + size + "ccm8";
      case 15 -> "aes" + size + "ccm12";
      case 16 -> "aes" + size + "ccm16";
      case 18 -> "aes" + size + "gcm8";
      case 19 -> "aes" + size + "gcm12";
      case 20 -> "aes" + size + "gcm16";
      case 21 -> "aes" + size + "gmac";
      case 23 -> "camellia" + size;
      case 24 -> "camellia" + size + "ctr";
      case 25 -> "camellia" + size + "ccm8";
      case 26 -> "camellia" + size + "ccm12";
      case 27 -> "camellia" + size + "ccm16";
      case 28 -> "chacha20poly1305" + (bits == 0 ? "" : "/" + bits);
      case 29 -> "aes" + size + "ccm8iiv";
      case 30 -> "aes" + size + "gcm16iiv";
      case 31 -> "chacha20poly1305iiv";
      default -> "encr-" + id + (bits == 0 ? "" : "/" + bits);
    };
  }

  private static String prf(int id) {
    return switch (id) {
      case 1 -> "prfmd5";
      case 2 -> "prfsha1";
      case 4 -> "prfaesxcbc";
      case 5 -> "prfsha256";
      case 6 -> "prfsha384";
      case 7 -> "prfsha512";
      case 8 -> "prfaescmac";
      default -> "prf-" + id;
    };
  }

  private static String integrity(int id) {
    return switch (id) {
      case 0 -> "nointeg";
      case 1 -> "md5";
      case 2 -> "sha1";
      case 5 -> "aesxcbc";
      case 6 -> "md5_128";
      case 7 -> "sha1_160";
      case 8 -> "aescmac";
      case 9 -> "aes128gmac";
      case 10 -> "aes192gmac";
      case 11 -> "aes256gmac";
      case 12 -> "sha256";
      case 13 -> "sha384";
      case 14 -> "sha512";
      default -> "integ-" + id;
    };
  }

  /** A key exchange method. */
  static String method(int id) {
    return switch (id) {
      case 0 -> "none";
      case 1 -> "modp768";
      case 2 -> "modp1024";
      case 5 -> "modp1536";
      case 14 -> "modp2048";
      case 15 -> "modp3072";
      case 16 -> "modp4096";
      case 17 -> "modp6144";
      case 18 -> "modp8192";
      case 19 -> "ecp256";
      case 20 -> "ecp384";
      case 21 -> "ecp521";
      case 22 -> "modp1024s160";
      case 23 -> "modp2048s224";
      case 24 -> "modp2048s256";
      case 25 -> "ecp192";
      case 26 -> "ecp224";
      case 27 -> "ecp224bp";
      case 28 -> "ecp256bp";
      case 29 -> "ecp384bp";
      case 30 -> "ecp512bp";
      case 31 -> "x25519";
      case 32 -> "x448";
      case 33 -> "gost256";
      case 34 -> "gost512";
      case 35 -> "mlkem512";
      case 36 -> "mlkem768";
      case 37 -> "mlkem1024";
      default -> "ke-" + id;
    };
  }

  private static String sequence(int id) {
    return switch (id) {
      case 0 -> "noesn";
      case 1 -> "esn";
      default -> "sn-" + id;
    };
  }
}
