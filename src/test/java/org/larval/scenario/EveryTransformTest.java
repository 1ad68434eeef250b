package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.SaReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Two guests over every algorithm, mode, family, kind of sequence number and encapsulation: all is
 * delivered, no counter of xfrm_stat moves, and both ends count the same.
 */
class EveryTransformTest {
  /** How the SAs of a lab are made: what {@code ip xfrm state add} gets beside the addresses. */
  record Kind(
      String name, String mode, boolean outerV6, boolean innerV6, List<Layer> layers, boolean esn) {
    @Override
    public String toString() {
      return name
          + " "
          + mode
          + (outerV6 ? " 6" : " 4")
          + (mode.equals("transport") ? "" : innerV6 ? "/6" : "/4")
          + (esn ? " esn" : "");
    }
  }

  /** One SA of a bundle, innermost first. */
  record Layer(String protocol, String algorithm, String encap) {}

  private static final Random KEYS = new Random(3);

  private static String key(int bytes) {
    StringBuilder hex = new StringBuilder("0x");
    for (int i = 0; i < bytes; i++) {
      hex.append("%02x".formatted(KEYS.nextInt(256)));
    }
    return hex.toString();
  }

  private static List<String> espAlgorithms() {
    List<String> all = new ArrayList<>();
    for (int bits : new int[] {64, 96, 128}) {
      for (int size : new int[] {16, 24, 32}) {
        all.add("aead rfc4106(gcm(aes)) " + key(size + 4) + " " + bits);
        all.add("aead rfc4309(ccm(aes)) " + key(size + 3) + " " + bits);
      }
    }
    for (int size : new int[] {16, 24, 32}) {
      all.add("aead rfc4543(gcm(aes)) " + key(size + 4) + " 128");
    }
    all.add("aead rfc7539esp(chacha20,poly1305) " + key(36) + " 128");
    List<String> auths =
        List.of(
            "auth hmac(sha1) " + key(20),
            "auth hmac(sha256) " + key(32),
            "auth-trunc hmac(sha256) " + key(32) + " 128",
            "auth-trunc hmac(sha384) " + key(48) + " 192",
            "auth-trunc hmac(sha512) " + key(64) + " 256",
            "auth xcbc(aes) " + key(16),
            "auth cmac(aes) " + key(16));
    List<String> ciphers =
        List.of(
            "enc cbc(aes) " + key(16),
            "enc cbc(aes) " + key(32),
            "enc rfc3686(ctr(aes)) " + key(20),
            "enc ecb(cipher_null) ''");
    for (String cipher : ciphers) {
      for (String auth : auths) {
        all.add(cipher + " " + auth);
      }
    }
    return all;
  }

  static Stream<Kind> kinds() {
    List<Kind> all = new ArrayList<>();
    for (String algorithm : espAlgorithms()) {
      String name = "esp " + algorithm.replaceAll("0x[0-9a-f]+", "").replace("''", "");
      for (String encap : new String[] {"", "encap espinudp 4500 4500 0.0.0.0"}) {
        String called = encap.isEmpty() ? name : name + " udp";
        for (boolean esn : new boolean[] {false, true}) {
          modes(all, called, List.of(new Layer("esp", algorithm, encap)), esn);
        }
      }
    }
    for (String auth :
        List.of(
            "auth hmac(sha1) " + key(20),
            "auth-trunc hmac(sha256) " + key(32) + " 128",
            "auth-trunc hmac(sha384) " + key(48) + " 192",
            "auth-trunc hmac(sha512) " + key(64) + " 256",
            "auth xcbc(aes) " + key(16),
            "auth cmac(aes) " + key(16))) {
      String name = "ah " + auth.replaceAll("0x[0-9a-f]+", "");
      for (boolean esn : new boolean[] {false, true}) {
        modes(all, name, List.of(new Layer("ah", auth, "")), esn);
      }
    }
    Layer gcm = new Layer("esp", "aead rfc4106(gcm(aes)) " + key(20) + " 128", "");
    Layer ah = new Layer("ah", "auth-trunc hmac(sha256) " + key(32) + " 128", "");
    Layer deflate = new Layer("comp", "comp deflate", "");
    modes(all, "esp gcm in ah", List.of(gcm, ah), false);
    modes(all, "deflate in esp gcm", List.of(deflate, gcm), false);
    return all.stream();
  }

  private static void modes(List<Kind> all, String name, List<Layer> layers, boolean esn) {
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

  @ParameterizedTest
  @MethodSource("kinds")
  void everythingArrives(Kind kind) {
    try (LabRun lab =
        LabRun.run(LabFileReader.parse("every-transform", lab(kind)), RunOptions.PLAIN)) {
      assertThat(lab).balances().leaksNothing();
      assertThat(lab).flow(1).delivered(20).lost(0);
      assertThat(lab).flow(2).delivered(5).lost(0);
      assertThat(lab).flow(3).delivered(10).lost(0);
      SoftAssertions soft = new SoftAssertions();
      soft.assertThat(lab.report().xfrmStat()).isEmpty();
      // the companions of IPComp tunnels aside, which carry what was not worth compressing
      List<SaReport> sas =
          lab.report().sas().stream()
              .filter(sa -> !sa.sa().contains("proto ipencap") && !sa.sa().contains("proto ipv6"))
              .toList();
      soft.assertThat(sas).hasSize(4 * kind.layers().size());
      for (SaReport sa : sas) {
        SaReport other =
            sas.stream()
                .filter(one -> one.sa().equals(sa.sa()) && !one.guest().equals(sa.guest()))
                .findFirst()
                .orElseThrow();
        // what is too short to be compressed never meets the receiver's IPComp state
        if (!sa.sa().contains("proto comp")) {
          soft.assertThat(sa.packets()).isEqualTo(other.packets()).isPositive();
          soft.assertThat(sa.bytes()).isEqualTo(other.bytes());
        }
        soft.assertThat(sa.replay() + sa.replayWindow() + sa.integrityFailed()).isZero();
      }
      soft.assertAll();
    }
  }

  private static String lab(Kind kind) {
    StringBuilder states = new StringBuilder();
    String a = kind.outerV6() ? "fd00::1" : "10.0.0.1";
    String b = kind.outerV6() ? "fd00::2" : "10.0.0.2";
    boolean transport = kind.mode().equals("transport");
    String innerA = transport ? a : kind.innerV6() ? "fd01::1" : "10.1.0.1";
    String innerB = transport ? b : kind.innerV6() ? "fd01::2" : "10.1.0.2";
    way(kind, a, b, innerA, innerB, 0x1000, states);
    way(kind, b, a, innerB, innerA, 0x2000, states);
    StringBuilder onA = new StringBuilder(states);
    StringBuilder onB = new StringBuilder(states);
    policy(kind, a, b, innerA, innerB, "out", onA);
    policy(kind, b, a, innerB, innerA, "in", onA);
    policy(kind, b, a, innerB, innerA, "out", onB);
    policy(kind, a, b, innerA, innerB, "in", onB);
    return """
    lab: every-transform
    guests:
      a:
        nic: [10.0.0.1/24, fd00::1/64, 10.1.0.1/24, fd01::1/64]
        xfrm:
    %s
      b:
        nic: [10.0.0.2/24, fd00::2/64, 10.1.0.2/24, fd01::2/64]
        xfrm:
    %s
    links:
      - {between: [a, b], delay: 1ms}
    traffic:
      - {from: a, to: b, address: "%s", udp: 7, every: 10ms, count: 20, size: 600}
      - {from: a, to: b, address: "%s", ping: yes, every: 20ms, count: 5, size: 2500}
      - {from: a, to: b, address: "%s", tcp: 80, echo: 10}
      - {from: a, to: b, address: "%s", bulk: 81, bytes: 100kB}
    """
        .formatted(onA, onB, innerB, innerB, innerB, innerB);
  }

  private static void way(
      Kind kind,
      String source,
      String target,
      String innerSource,
      String innerTarget,
      int spi,
      StringBuilder lines) {
    int place = 0;
    for (Layer layer : kind.layers()) {
      boolean innermost = place == 0;
      String mode = innermost ? kind.mode() : "transport";
      String selector =
          innermost && !mode.equals("transport")
              ? " sel src " + innerSource + " dst " + innerTarget
              // another family than the SA's own goes through it only if the SA says so
              : kind.outerV6() != kind.innerV6() ? " flag af-unspec" : "";
      String line =
          "src %s dst %s proto %s spi %d reqid 1 mode %s %s %s %s %s %s"
              .formatted(
                  source,
                  target,
                  layer.protocol(),
                  spi + place,
                  mode,
                  layer.algorithm(),
                  layer.protocol().equals("comp") ? "" : "replay-window 64",
                  kind.esn() ? "flag esn" : "",
                  layer.encap(),
                  selector);
      lines.append("      - \"ip xfrm state add ").append(line).append("\"\n");
      place++;
    }
  }

  private static void policy(
      Kind kind,
      String source,
      String target,
      String innerSource,
      String innerTarget,
      String direction,
      StringBuilder lines) {
    StringBuilder templates = new StringBuilder();
    int place = 0;
    for (Layer layer : kind.layers()) {
      boolean use = layer.protocol().equals("comp") && direction.equals("in");
      templates.append(
          " tmpl src %s dst %s proto %s reqid 1 mode %s%s"
              .formatted(
                  source,
                  target,
                  layer.protocol(),
                  place == 0 ? kind.mode() : "transport",
                  use ? " level use" : ""));
      place++;
    }
    lines.append(
        "      - \"ip xfrm policy add src %s dst %s dir %s%s\"\n"
            .formatted(innerSource, innerTarget, direction, templates));
  }
}
