package org.larval.combination;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.larval.combination.Kind.Layer;

/** Every algorithm in every mode and family, with both kinds of sequence numbers, in UDP or not. */
public final class Kinds {
  private static final String UDP = "encap espinudp 4500 4500 0.0.0.0";

  private final Random keys = new Random(3);
  private final List<Kind> all = new ArrayList<>();

  private Kinds() {}

  /** All of them, in the same order and with the same keys each time. */
  public static List<Kind> list() {
    Kinds kinds = new Kinds();
    for (String algorithm : kinds.espAlgorithms()) {
      String name = "esp " + named(algorithm);
      for (String encap : List.of("", UDP)) {
        String called = encap.isEmpty() ? name : name + " udp";
        for (boolean esn : new boolean[] {false, true}) {
          kinds.modes(called, List.of(new Layer("esp", algorithm, encap)), esn);
        }
      }
    }
    for (String auth : kinds.auths()) {
      for (boolean esn : new boolean[] {false, true}) {
        kinds.modes("ah " + named(auth), List.of(new Layer("ah", auth, "")), esn);
      }
    }
    kinds.bundles();
    return kinds.all;
  }

  /** Without the keys, of which it tells the length in bytes. */
  private static String named(String algorithm) {
    StringBuilder name = new StringBuilder();
    for (String word : algorithm.split(" ", -1)) {
      boolean key = word.startsWith("0x");
      if (!word.equals("''")) {
        name.append(name.isEmpty() ? "" : " ");
        name.append(key ? "key" + (word.length() - 2) / 2 : word);
      }
    }
    return name.toString();
  }

  private String key(int bytes) {
    StringBuilder hex = new StringBuilder("0x");
    for (int i = 0; i < bytes; i++) {
      hex.append("%02x".formatted(keys.nextInt(256)));
    }
    return hex.toString();
  }

  private List<String> auths() {
    return List.of(
        "auth hmac(sha1) " + key(20),
        "auth hmac(sha256) " + key(32),
        "auth-trunc hmac(sha256) " + key(32) + " 128",
        "auth-trunc hmac(sha384) " + key(48) + " 192",
        "auth-trunc hmac(sha512) " + key(64) + " 256",
        "auth xcbc(aes) " + key(16),
        "auth cmac(aes) " + key(16));
  }

  private List<String> espAlgorithms() {
    List<String> algorithms = new ArrayList<>();
    for (int bits : new int[] {64, 96, 128}) {
      for (int size : new int[] {16, 24, 32}) {
        algorithms.add("aead rfc4106(gcm(aes)) " + key(size + 4) + " " + bits);
        algorithms.add("aead rfc4309(ccm(aes)) " + key(size + 3) + " " + bits);
      }
    }
    for (int size : new int[] {16, 24, 32}) {
      algorithms.add("aead rfc4543(gcm(aes)) " + key(size + 4) + " 128");
    }
    algorithms.add("aead rfc7539esp(chacha20,poly1305) " + key(36) + " 128");
    List<String> auths = auths();
    List<String> ciphers =
        List.of(
            "enc cbc(aes) " + key(16),
            "enc cbc(aes) " + key(32),
            "enc rfc3686(ctr(aes)) " + key(20),
            "enc ecb(cipher_null) ''");
    for (String cipher : ciphers) {
      for (String auth : auths) {
        algorithms.add(cipher + " " + auth);
      }
    }
    String sha256 = auths.get(2);
    algorithms.add("enc cbc(aes) " + key(24) + " " + sha256);
    algorithms.add("enc rfc3686(ctr(aes)) " + key(28) + " " + sha256);
    algorithms.add("enc rfc3686(ctr(aes)) " + key(36) + " " + sha256);
    algorithms.add("enc cbc(camellia) " + key(16) + " " + sha256);
    algorithms.add("enc cbc(camellia) " + key(32) + " " + sha256);
    algorithms.add("enc cbc(des3_ede) " + key(24) + " " + sha256);
    algorithms.add("enc cbc(aes) " + key(16) + " auth hmac(rmd160) " + key(20));
    return algorithms;
  }

  private void bundles() {
    Layer gcm = new Layer("esp", "aead rfc4106(gcm(aes)) " + key(20) + " 128", "");
    Layer cbc =
        new Layer(
            "esp", "enc cbc(aes) " + key(16) + " auth-trunc hmac(sha256) " + key(32) + " 128", "");
    Layer ah = new Layer("ah", "auth-trunc hmac(sha256) " + key(32) + " 128", "");
    Layer deflate = new Layer("comp", "comp deflate", "");
    modes("esp gcm in ah", List.of(gcm, ah), false);
    modes("esp gcm in esp cbc", List.of(gcm, cbc), false);
    modes("deflate in esp gcm", List.of(deflate, gcm), false);
  }

  private void modes(String name, List<Layer> layers, boolean esn) {
    for (boolean v6 : new boolean[] {false, true}) {
      all.add(new Kind(name, "transport", v6, v6, layers, esn));
      all.add(new Kind(name, "tunnel", v6, v6, layers, esn));
      all.add(new Kind(name, "tunnel", v6, !v6, layers, esn));
      // iproute2 and the kernel know BEET for ESP alone
      if (layers.getFirst().protocol().equals("esp")) {
        all.add(new Kind(name, "beet", v6, v6, layers, esn));
      }
    }
  }
}
