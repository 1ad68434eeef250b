package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.cli.Main;
import org.larval.lab.ike.IkeReport;
import org.larval.lab.ike.IkeRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What can carry the packets of {@code larval ike}: ESP and AH without UDP, over IPv4 and IPv6, in
 * tunnel and transport mode, between two of our own; ESP in UDP over IPv6 with strongSwan.
 */
@Tag("interop")
class IkeCarriageTest {
  private static final String OURS6 = "fd13::1";
  private static final String THEIRS6 = "fd13::2";
  private static final String OUR_NET6 = "fd14::1";
  private static final String THEIR_NET6 = "fd15::1";

  @TempDir Path directory;

  @BeforeEach
  void canRun() {
    Skipped.unless("root".equals(System.getProperty("user.name")), "network namespaces need root");
    Skipped.unless(Commands.have("ip"), "ip is not installed (Debian: iproute2)");
    Skipped.unless(Commands.have("ping"), "ping is not installed (Debian: iputils-ping)");
  }

  /** Both families everywhere. */
  private static TwoNamespaces network() throws IOException {
    TwoNamespaces net = new TwoNamespaces();
    net.nets(true, true);
    Commands.must("ip -n " + net.a + " addr add " + OURS6 + "/64 dev e0 nodad");
    Commands.must("ip -n " + net.b + " addr add " + THEIRS6 + "/64 dev e0 nodad");
    Commands.must("ip -n " + net.a + " addr add " + OUR_NET6 + "/128 dev lo nodad");
    Commands.must("ip -n " + net.b + " addr add " + THEIR_NET6 + "/128 dev lo nodad");
    return net;
  }

  private static String file(boolean first, boolean v6, String child) {
    String here = v6 ? OURS6 : TwoNamespaces.OURS;
    String there = v6 ? THEIRS6 : TwoNamespaces.THEIRS;
    String text =
        """
        connections:
          gw:
            local-addrs: "%s"
            remote-addrs: "%s"
            proposals: aes128gcm16-prfsha256-x25519
            mobike: no
            local: {auth: psk, id: %s.test}
            remote: {auth: psk, id: %s.test}
            children:
              net: {%s}
        secrets:
          ike: {ids: [a.test, b.test], secret: carried}
        """;
    return first
        ? text.formatted(here, there, "a", "b", child)
        : text.formatted(there, here, "b", "a", child);
  }

  /** What is done with both daemons running and the child established. */
  private interface Deed {
    void on(TwoNamespaces net, LarvalIke a, LarvalIke b) throws Exception;
  }

  private void between(boolean v6, String childHere, String childThere, Deed deed)
      throws Exception {
    try (TwoNamespaces net = network()) {
      Path here = Files.createDirectories(directory.resolve("here")).resolve("gw.yaml");
      Path there = Files.createDirectories(directory.resolve("there")).resolve("gw.yaml");
      Files.writeString(here, file(true, v6, childHere));
      Files.writeString(there, file(false, v6, childThere));
      Path keys = directory.resolve("keys");
      Path trace = directory.resolve("trace.pcapng");
      try (LarvalIke a =
              LarvalIke.start(here, net.a, "--trace", trace.toString(), "--keys", keys.toString());
          LarvalIke b = LarvalIke.start(there, net.b)) {
        assertThat(a.ask(IkeRequest.Verb.INITIATE, "net").message()).contains("established");
        assertThat(child(b).encapsulated()).isFalse();
        deed.on(net, a, b);
        assertThat(a.ask(IkeRequest.Verb.DOWN, null).done()).isTrue();
        assertThat(a.log() + b.log()).doesNotContain("fails:").doesNotContain("mistake");
      }
      if (!childHere.contains("ah-proposals")) {
        assertDecrypted(trace, keys);
      }
    }
  }

  /** What the daemon wrote down is all that passed, and its keys open all of it. */
  private static void assertDecrypted(Path trace, Path keys) {
    StringWriter out = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out),
            new PrintWriter(out),
            "show",
            trace.toString(),
            "--ikev2-table",
            keys.resolve("ikev2_decryption_table").toString(),
            "--esp-sa",
            keys.resolve("esp_sa").toString(),
            "--format",
            "json");
    JsonNode shown = JsonMapper.shared().readTree(out.toString());
    JsonNode totals = shown.get("totals");
    assertThat(code)
        .as(totals + " " + shown.findValuesAsString("verdict") + shown.findValuesAsString("why"))
        .isZero();
    assertThat(totals.get("esp").asInt()).as(totals.toString()).isGreaterThan(9);
    assertThat(totals.get("esp-decrypted")).isEqualTo(totals.get("esp"));
  }

  private static IkeReport.Child child(LarvalIke daemon) throws IOException {
    return daemon.ask(IkeRequest.Verb.STATUS, null).sas().getFirst().children().getFirst();
  }

  private static void pings(String namespace, String target) throws IOException {
    assertThat(TwoNamespaces.ping(namespace, target, 5, 0.1)).hasToString("5/5");
  }

  /** Waits until both ends have set their routes. */
  private static void settled(TwoNamespaces net) {
    for (String target : new String[] {THEIR_NET6, TwoNamespaces.THEIR_NET}) {
      Awaitility.await("the way to " + target)
          .atMost(Duration.ofSeconds(20))
          .until(() -> TwoNamespaces.ping(net.a, target, 1, 0.2).all());
    }
  }

  @Test
  void tunnelOfBareEspOverIpv6() throws Exception {
    String nets =
        "esp-proposals: aes256-sha512, local-ts: [%s/32, '%s/128'], remote-ts: [%s/32, '%s/128']";
    between(
        true,
        nets.formatted(TwoNamespaces.OUR_NET, OUR_NET6, TwoNamespaces.THEIR_NET, THEIR_NET6),
        nets.formatted(TwoNamespaces.THEIR_NET, THEIR_NET6, TwoNamespaces.OUR_NET, OUR_NET6),
        (net, a, b) -> {
          settled(net);
          pings(net.a, THEIR_NET6);
          pings(net.b, OUR_NET6);
          pings(net.a, TwoNamespaces.THEIR_NET);
          // the longest that the device takes, which is longer than the link outside
          assertThat(
                  Commands.run(
                          Commands.in(
                              net.a, "ping", "-c", "3", "-i", "0.2", "-s", "1352", THEIR_NET6))
                      .text())
              .contains(" 0% packet loss");
          assertThat(b.ask(IkeRequest.Verb.REKEY, "net").done()).isTrue();
          pings(net.a, THEIR_NET6);
          assertThat(child(a).mode()).isEqualTo("tunnel");
        });
  }

  @Test
  void transportOverIpv4() throws Exception {
    transport(false, "esp-proposals: aes128gcm16", TwoNamespaces.OURS, TwoNamespaces.THEIRS);
  }

  @Test
  void transportOverIpv6() throws Exception {
    transport(true, "esp-proposals: aes256-sha256", OURS6, THEIRS6);
  }

  @Test
  void transportOfAhOverIpv4() throws Exception {
    transport(false, "ah-proposals: sha256", TwoNamespaces.OURS, TwoNamespaces.THEIRS);
  }

  @Test
  void transportOfAhOverIpv6() throws Exception {
    transport(true, "ah-proposals: sha384", OURS6, THEIRS6);
  }

  /** Between the very addresses that IKE and ESP themselves use. */
  private void transport(boolean v6, String proposals, String ours, String theirs)
      throws Exception {
    String child = "mode: transport, " + proposals;
    between(
        v6,
        child,
        child,
        (net, a, b) -> {
          assertThat(child(a).mode()).isEqualTo("transport");
          rules(net, v6, true);
          pings(net.a, theirs);
          pings(net.b, ours);
          assertThat(child(a).packetsOut()).isEqualTo(10);
          assertThat(child(b).packetsIn()).isEqualTo(10);
          assertThat(a.ask(IkeRequest.Verb.REKEY, "net").done()).isTrue();
          pings(net.a, theirs);
          // in clear again
          assertThat(a.ask(IkeRequest.Verb.TERMINATE, null).done()).isTrue();
          rules(net, v6, false);
          pings(net.b, ours);
        });
  }

  /** Waits until both sides lead packets into their devices, or none does. */
  private static void rules(TwoNamespaces net, boolean v6, boolean there) {
    for (String namespace : new String[] {net.a, net.b}) {
      Awaitility.await("rules of " + namespace)
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  Commands.must("ip -n " + namespace + (v6 ? " -6" : " -4") + " rule")
                          .contains("fwmark")
                      == there);
    }
  }

  /** A child for some ports: those are protected, others go in clear. */
  @Test
  void transportOfSomePorts() throws Exception {
    between(
        false,
        "mode: transport, remote-ts: 'dynamic[udp/7000-7003]'",
        "mode: transport, local-ts: 'dynamic[udp/7000-7003]'",
        (net, a, b) -> {
          rules(net, false, true);
          pings(net.a, TwoNamespaces.THEIRS);
          assertThat(child(a).packetsOut()).isZero();
          try (UdpEcho echo = UdpEcho.start(net.b, TwoNamespaces.THEIRS, 7002)) {
            for (int i = 0; i < 5; i++) {
              assertThat(UdpEcho.ask(net.a, TwoNamespaces.THEIRS, 7002)).isEqualTo("heard");
            }
            assertThat(echo.alive()).isTrue();
          }
          assertThat(child(a).packetsOut()).isEqualTo(5);
          assertThat(child(a).packetsIn()).isEqualTo(5);
        });
  }

  /** strongSwan's own ESP goes inside UDP only; between IPv6 addresses, both roles. */
  @Test
  void strongSwanOverIpv6() throws Exception {
    Skipped.unless(Strongswan.missing().isEmpty(), Strongswan.missing());
    for (boolean initiator : new boolean[] {true, false}) {
      try (TwoNamespaces net = network();
          Strongswan peer = new Strongswan(directory.resolve("peer" + initiator), net.b)) {
        peer.prepare();
        peer.start(
            Map.of(),
            """
            connections { gw {
              version = 2
              local_addrs = %s
              remote_addrs = %s
              proposals = aes128gcm16-prfsha256-x25519
              local { auth = psk
                id = b.test
              }
              remote { auth = psk
                id = a.test
              }
              children { net {
                esp_proposals = aes128gcm16
                local_ts = %s/32, %s/128
                remote_ts = %s/32, %s/128
              } }
            } }
            secrets { ike-1 { id-1 = a.test
              id-2 = b.test
              secret = "carried"
            } }
            """
                .formatted(
                    THEIRS6,
                    OURS6,
                    TwoNamespaces.THEIR_NET,
                    THEIR_NET6,
                    TwoNamespaces.OUR_NET,
                    OUR_NET6));
        Path config =
            Files.createDirectories(directory.resolve("us" + initiator)).resolve("gw.yaml");
        Files.writeString(
            config,
            file(
                true,
                true,
                "esp-proposals: aes128gcm16, local-ts: [%s/32, '%s/128'], remote-ts: [%s/32, '%s/128']"
                    .formatted(
                        TwoNamespaces.OUR_NET, OUR_NET6, TwoNamespaces.THEIR_NET, THEIR_NET6)));
        try (LarvalIke us = LarvalIke.start(config, net.a)) {
          if (initiator) {
            assertThat(us.ask(IkeRequest.Verb.INITIATE, "net").message()).contains("established");
          } else {
            assertThat(peer.swanctl("--initiate", "--child", "net", "--timeout", "15").status())
                .isZero();
          }
          assertThat(child(us).encapsulated()).isTrue();
          settled(net);
          pings(net.a, THEIR_NET6);
          pings(net.b, OUR_NET6);
          pings(net.a, TwoNamespaces.THEIR_NET);
          List<String> line = List.of(peer.line("CHILD_SA net\\{\\d+\\} established"));
          System.out.println("ok strongSwan over IPv6: " + line.getFirst());
          assertThat(line).doesNotContain("");
        }
      }
    }
  }
}
