package org.larval.interop;

/**
 * The algorithms of one SA, out of the words for {@code ip xfrm state add}.
 *
 * @param cipher by the kernel's name; empty for AH
 * @param key hex without prefix
 * @param auth empty for combined modes
 * @param bits of the check value
 */
record Suite(String cipher, String key, String auth, String authKey, int bits) {
  static Suite of(String algorithm) {
    String[] words = algorithm.split(" ", -1);
    if (words[0].equals("aead")) {
      return new Suite(words[1], hex(words[2]), "", "", Integer.parseInt(words[3]));
    }
    boolean encrypts = words[0].equals("enc");
    int at = encrypts ? 3 : 0;
    String auth = words[at + 1];
    int bits =
        words[at].equals("auth-trunc")
            ? Integer.parseInt(words[at + 3])
            : switch (auth) {
              case "hmac(sha384)" -> 192;
              case "hmac(sha512)" -> 256;
              default -> 96;
            };
    return new Suite(
        encrypts ? words[1] : "", encrypts ? hex(words[2]) : "", auth, hex(words[at + 2]), bits);
  }

  private static String hex(String word) {
    return word.equals("''") ? "" : word.substring(2);
  }

  /** Whether cipher and integrity are one. */
  boolean combined() {
    return auth.isEmpty();
  }

  /** The integrity algorithm and its bits. */
  String check() {
    return auth + " " + bits;
  }
}
