package org.larval.interop;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.larval.interop.Combination.Algorithm;
import org.larval.interop.Combination.Layer;

/** Everything that is tried against the kernel. */
final class Combinations {
  private static final List<Algorithm> COMBINED =
      List.of(
          aead("gcm128-64", "rfc4106(gcm(aes))", 20, 64),
          aead("gcm128-96", "rfc4106(gcm(aes))", 20, 96),
          aead("gcm128-128", "rfc4106(gcm(aes))", 20, 128),
          aead("gcm192-128", "rfc4106(gcm(aes))", 28, 128),
          aead("gcm256-96", "rfc4106(gcm(aes))", 36, 96),
          aead("gcm256-128", "rfc4106(gcm(aes))", 36, 128),
          aead("ccm128-64", "rfc4309(ccm(aes))", 19, 64),
          aead("ccm192-96", "rfc4309(ccm(aes))", 27, 96),
          aead("ccm256-128", "rfc4309(ccm(aes))", 35, 128),
          aead("chacha20poly1305", "rfc7539esp(chacha20,poly1305)", 36, 128),
          aead("gmac128", "rfc4543(gcm(aes))", 20, 128),
          aead("gmac256", "rfc4543(gcm(aes))", 36, 128));

  private static final List<Algorithm> CIPHERS =
      List.of(
          new Algorithm("cbc128", "enc 'cbc(aes)' #16"),
          new Algorithm("cbc192", "enc 'cbc(aes)' #24"),
          new Algorithm("cbc256", "enc 'cbc(aes)' #32"),
          new Algorithm("ctr128", "enc 'rfc3686(ctr(aes))' #20"),
          new Algorithm("ctr256", "enc 'rfc3686(ctr(aes))' #36"),
          new Algorithm("null", "enc 'ecb(cipher_null)' \"\""));

  private static final List<Algorithm> AUTHENTICATIONS =
      List.of(
          new Algorithm("sha1", "auth 'hmac(sha1)' #20"),
          new Algorithm("sha256-96", "auth 'hmac(sha256)' #32"),
          new Algorithm("sha256", "auth-trunc 'hmac(sha256)' #32 128"),
          new Algorithm("sha384", "auth 'hmac(sha384)' #48"),
          new Algorithm("sha512", "auth 'hmac(sha512)' #64"),
          new Algorithm("xcbc", "auth 'xcbc(aes)' #16"),
          new Algorithm("cmac", "auth 'cmac(aes)' #16"));

  private static final Algorithm GCM = COMBINED.get(2);
  private static final Algorithm CHACHA = COMBINED.get(9);
  private static final Algorithm CBC = pair(CIPHERS.get(0), AUTHENTICATIONS.get(2));
  private static final Algorithm CTR = pair(CIPHERS.get(3), AUTHENTICATIONS.get(4));
  private static final Algorithm NULL = pair(CIPHERS.get(5), AUTHENTICATIONS.get(2));
  private static final Algorithm SHA256 = AUTHENTICATIONS.get(2);
  private static final Algorithm NONE = new Algorithm("", "");

  private final Set<Combination> all = new LinkedHashSet<>();

  private Combinations() {}

  private static Algorithm aead(String name, String algorithm, int key, int icv) {
    return new Algorithm(name, "aead '" + algorithm + "' #" + key + " " + icv);
  }

  private static Algorithm pair(Algorithm cipher, Algorithm authentication) {
    return new Algorithm(
        cipher.name() + "-" + authentication.name(), authentication.words() + " " + cipher.words());
  }

  private static Layer esp(String mode, Algorithm algorithm) {
    return new Layer("esp", mode, algorithm);
  }

  private static Layer ah(String mode, Algorithm algorithm) {
    return new Layer("ah", mode, algorithm);
  }

  private static Layer comp(String mode) {
    return new Layer("comp", mode, NONE);
  }

  private void add(int outer, int inner, boolean esn, boolean encap, String options, Layer... of) {
    StringBuilder name = new StringBuilder();
    for (Layer layer : of) {
      name.append(name.isEmpty() ? "" : " in ").append(layer.protocol()).append(' ');
      name.append(layer.mode()).append(' ').append(layer.algorithm().name());
    }
    String text = name.toString().replace("  ", " ").strip();
    text += outer == inner ? " v" + outer : " " + inner + "in" + outer;
    text += (esn ? " esn" : "") + (encap ? " udp" : "");
    text += options.isEmpty() ? "" : " " + options;
    all.add(new Combination(text, List.of(of), outer, inner, esn, encap, options));
  }

  /** All of them, in the order of the table. */
  static List<Combination> list() {
    Combinations made = new Combinations();
    made.espOfOneKind();
    made.modesAndFamilies();
    made.authenticationHeaders();
    made.bundles();
    return new ArrayList<>(made.all);
  }

  /**
   * Those that need no property: four kinds of algorithm in both modes, and all modes, families,
   * options and bundles with the first of them.
   */
  static List<Combination> usual() {
    Combinations made = new Combinations();
    for (Algorithm algorithm : List.of(GCM, CHACHA, CBC, CTR)) {
      made.add(4, 4, false, false, "", esp("transport", algorithm));
      made.add(4, 4, false, false, "", esp("tunnel", algorithm));
    }
    for (Combination each : list()) {
      if (each.name().contains(GCM.name())) {
        made.all.add(each);
      }
    }
    return new ArrayList<>(made.all);
  }

  /** Every algorithm in both modes, both families, with and without ESN, each at least once. */
  private void espOfOneKind() {
    for (Algorithm algorithm : COMBINED) {
      for (String mode : List.of("transport", "tunnel")) {
        for (int version : List.of(4, 6)) {
          for (boolean esn : List.of(false, true)) {
            add(version, version, esn, false, "", esp(mode, algorithm));
          }
        }
      }
    }
    int turn = 0;
    for (Algorithm cipher : CIPHERS) {
      for (Algorithm authentication : AUTHENTICATIONS) {
        String mode = turn % 2 == 0 ? "transport" : "tunnel";
        int version = turn / 2 % 2 == 0 ? 4 : 6;
        boolean esn = turn / 4 % 2 == 1;
        add(version, version, esn, false, "", esp(mode, pair(cipher, authentication)));
        turn++;
      }
    }
    add(4, 4, false, false, "", esp("transport", CTR));
    add(4, 4, false, false, "", esp("tunnel", CTR));
  }

  private void modesAndFamilies() {
    for (Algorithm algorithm : List.of(GCM, CHACHA, CBC, NULL)) {
      for (int version : List.of(4, 6)) {
        for (String mode : List.of("transport", "tunnel", "beet")) {
          add(version, version, false, false, "", esp(mode, algorithm));
          add(version, version, false, true, "", esp(mode, algorithm));
        }
      }
      for (String mode : List.of("tunnel", "beet")) {
        add(6, 4, false, false, "", esp(mode, algorithm));
        add(4, 6, false, false, "", esp(mode, algorithm));
      }
    }
    add(4, 6, false, true, "", esp("tunnel", GCM));
    add(6, 4, true, false, "", esp("tunnel", CBC));
    add(4, 4, false, false, "tfcpad 1000", esp("tunnel", GCM));
    add(6, 6, false, false, "tfcpad 1000", esp("tunnel", CBC));
    add(4, 4, false, false, "flag noecn", esp("tunnel", GCM));
    add(4, 4, false, false, "flag nopmtudisc", esp("tunnel", GCM));
  }

  private void authenticationHeaders() {
    for (Algorithm algorithm : AUTHENTICATIONS) {
      for (String mode : List.of("transport", "tunnel")) {
        for (int version : List.of(4, 6)) {
          add(version, version, false, false, "", ah(mode, algorithm));
        }
      }
      add(4, 4, true, false, "", ah("transport", algorithm));
    }
    add(6, 4, false, false, "", ah("tunnel", SHA256));
    add(4, 6, false, false, "", ah("tunnel", SHA256));
    add(4, 4, false, false, "flag align4", ah("transport", SHA256));
  }

  private void bundles() {
    for (int version : List.of(4, 6)) {
      add(version, version, false, false, "", esp("transport", GCM), ah("transport", SHA256));
      add(version, version, false, false, "", esp("tunnel", CBC), ah("transport", SHA256));
      add(version, version, false, false, "", esp("tunnel", GCM), ah("tunnel", SHA256));
      add(version, version, false, false, "", esp("tunnel", GCM), esp("tunnel", CHACHA));
      add(version, version, false, false, "", esp("transport", GCM), esp("transport", CBC));
      add(version, version, false, false, "", comp("transport"), esp("transport", GCM));
      add(version, version, false, false, "", comp("tunnel"), esp("transport", CBC));
    }
  }
}
