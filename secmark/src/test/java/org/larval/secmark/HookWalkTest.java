package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.larval.labels.Sids;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.secmark.conntrack.ConntrackSettings;
import org.larval.secmark.conntrack.CtState;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.TcpView;

class HookWalkTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String X = "system_u:object_r:x_packet_t:s0";

  private final Sids sids = new Sids();
  private final int x = sids.sid(X);

  @AfterEach
  void nothingIsLeft() {
    assertThat(Datagrams.POOL.live()).isZero();
  }

  private HookWalk walk(String text, int connections) {
    Ruleset rules = new Ruleset(LabelSource.of(sids), new Interfaces(List.of("eth0", "eth1")));
    rules.loadNft("f", text);
    ConntrackSettings settings = new ConntrackSettings(connections, false, true);
    return new HookWalk(rules, settings, new Random(1), "a");
  }

  private static Packet segment(boolean reply, int flags, int client) {
    Packet packet =
        reply
            ? Datagrams.v4("10.0.0.2", "10.0.0.1", IpProtocol.TCP, 80, client)
            : Datagrams.v4("10.0.0.1", "10.0.0.2", IpProtocol.TCP, client, 80);
    int at = packet.buffer().readerIndex() + Ipv4View.HEADER;
    packet.buffer().setByte(at + 12, 0x50).setByte(at + 13, flags);
    packet.inPort = 0;
    return packet;
  }

  /** PREROUTING and INPUT; answers with the mark, or -1 if it was dropped. */
  private static int arrive(HookWalk walk, long now, Packet packet) {
    try {
      boolean passes =
          walk.pass(NfHook.PREROUTING, now, packet) instanceof Verdict.Continue
              && walk.pass(NfHook.INPUT, now, packet) instanceof Verdict.Continue;
      return passes ? packet.secmark : -1;
    } finally {
      packet.release();
    }
  }

  @Test
  void connectionsKeepTheLabelOfTheirFirstPacket() {
    HookWalk walk =
        walk(
            """
            table inet s {
              secmark x { "%s" }
              chain in { type filter hook input priority security;
                ct state new tcp flags & (syn|ack) == syn meta secmark set "x"
                ct state new ct secmark set meta secmark
                ct state established,related meta secmark set ct secmark
                ct state invalid drop
              }
            }
            """
                .formatted(X),
            16);
    assertThat(arrive(walk, 0, segment(false, TcpView.SYN, 5))).isEqualTo(x);
    assertThat(walk.conntrack().size()).isEqualTo(1);
    assertThat(arrive(walk, 1, segment(true, TcpView.SYN | TcpView.ACK, 5))).isEqualTo(x);
    assertThat(arrive(walk, 2, segment(false, TcpView.ACK, 5))).isEqualTo(x);
    assertThat(walk.conntrack().connections(2).getFirst().assured()).isTrue();
    assertThat(arrive(walk, 3, segment(false, TcpView.RST | TcpView.SYN, 5))).isEqualTo(-1);
    assertThat(arrive(walk, 432_001L * SECOND + 2, segment(true, TcpView.SYN | TcpView.ACK, 5)))
        .as("the connection is forgotten, so this is invalid")
        .isEqualTo(-1);
  }

  /** UDP without a checksum, so that conntrack does not look at it. */
  private static Packet datagram(boolean reply) {
    Packet packet =
        reply
            ? Datagrams.v4("10.0.0.2", "10.0.0.1", IpProtocol.UDP, 53, 5)
            : Datagrams.v4("10.0.0.1", "10.0.0.2", IpProtocol.UDP, 5, 53);
    packet.buffer().setShort(packet.buffer().readerIndex() + Ipv4View.HEADER + 4, 24);
    packet.inPort = 0;
    return packet;
  }

  @Test
  void anAnsweredExchangeOfUdpBecomesAStream() {
    HookWalk walk = walk("table inet s { }", 16).trackAlways();
    arrive(walk, 0, datagram(false));
    assertThat(walk.conntrack().connections(29 * SECOND)).hasSize(1);
    assertThat(walk.conntrack().connections(30 * SECOND)).isEmpty();
    arrive(walk, SECOND, datagram(true));
    arrive(walk, 2 * SECOND, datagram(false));
    assertThat(walk.conntrack().connections(31 * SECOND)).hasSize(1);
    assertThat(walk.conntrack().connections(31 * SECOND).getFirst().assured()).isFalse();
    assertThat(walk.conntrack().connections(33 * SECOND)).isEmpty();
    arrive(walk, 3 * SECOND, datagram(false));
    assertThat(walk.conntrack().connections(122 * SECOND).getFirst().assured()).isTrue();
    assertThat(walk.conntrack().connections(124 * SECOND)).isEmpty();
  }

  @Test
  void connsecmarkNeverOverwritesAndNftDoes() {
    String other = "system_u:object_r:y_packet_t:s0";
    Ruleset rules = new Ruleset(LabelSource.of(sids), new Interfaces(List.of("eth0")));
    rules.loadXtables(
        "f",
        """
        *mangle
        -A INPUT -m conntrack --ctdir ORIGINAL -j SECMARK --selctx %s
        -A INPUT -m conntrack --ctdir REPLY -j SECMARK --selctx %s
        -A INPUT -j CONNSECMARK --save
        COMMIT
        *security
        -A INPUT -j CONNSECMARK --restore
        COMMIT
        """
            .formatted(X, other),
        4);
    HookWalk walk = new HookWalk(rules, ConntrackSettings.DEFAULT, new Random(1), "a");
    assertThat(arrive(walk, 0, datagram(false))).isEqualTo(x);
    assertThat(arrive(walk, 1, datagram(true))).isEqualTo(sids.sid(other));
    assertThat(walk.conntrack().connections(1).getFirst().secmark()).isEqualTo(x);
    rules.loadNft(
        "g",
        """
        table ip s { chain c { type filter hook input priority 100;
        meta secmark set ct secmark
        } }
        """);
    HookWalk second = new HookWalk(rules, ConntrackSettings.DEFAULT, new Random(1), "a");
    arrive(second, 0, datagram(false));
    assertThat(arrive(second, 1, datagram(true))).isEqualTo(x);
    assertThat(rules.labels()).containsExactly(x, sids.sid(other));
    assertThat(rules.refs()).isEqualTo(2);
  }

  @Test
  void aFloodNeverPushesOutWhatIsAssured() {
    HookWalk walk = walk("table inet s { }", 16).trackAlways();
    arrive(walk, 0, segment(false, TcpView.SYN, 5));
    arrive(walk, 0, segment(true, TcpView.SYN | TcpView.ACK, 5));
    arrive(walk, 0, segment(false, TcpView.ACK, 5));
    for (int client = 1000; client < 3000; client++) {
      arrive(walk, 1, segment(false, TcpView.SYN, client));
      assertThat(walk.conntrack().size()).isLessThanOrEqualTo(16);
    }
    Packet packet = segment(false, TcpView.ACK, 5);
    walk.pass(NfHook.PREROUTING, 2, packet);
    assertThat(packet.connectionState).isEqualTo(CtState.ESTABLISHED);
    packet.release();
    assertThat(walk.conntrack().statistics().earlyDrop()).isPositive();
    walk.onDeadline(200 * SECOND);
    assertThat(walk.conntrack().size()).isEqualTo(1);
  }

  @Test
  void aFullTableOfAssuredConnectionsDropsNewOnes() {
    HookWalk walk = walk("table inet s { }", 2).trackAlways();
    for (int client = 1; client <= 2; client++) {
      arrive(walk, 0, segment(false, TcpView.SYN, client));
      arrive(walk, 0, segment(true, TcpView.SYN | TcpView.ACK, client));
      arrive(walk, 0, segment(false, TcpView.ACK, client));
    }
    Packet packet = segment(false, TcpView.SYN, 3);
    assertThat(walk.pass(NfHook.PREROUTING, 1, packet))
        .isEqualTo(Verdict.drop(DropReason.CONNTRACK_TABLE_FULL));
    packet.release();
  }

  @Test
  void chainsRunInTheOrderOfTheirPrioritiesOnTheirSideOfTheChecks() {
    HookWalk walk =
        walk(
            """
            table inet s {
              chain d { type filter hook output priority -224; meta mark set meta mark or 8; }
              chain b { type filter hook output priority -225; meta mark set meta mark or 2; }
              chain a { type filter hook output priority -300; meta mark set 1; }
              chain e { type filter hook postrouting priority 225; meta mark set 16; }
              chain f { type filter hook postrouting priority 300; meta mark set meta mark or 32; }
              chain g { type filter hook input priority 300; meta mark set 64; }
            }
            """,
            16);
    Packet packet = Datagrams.v4("10.0.0.1", "10.0.0.2", IpProtocol.UDP, 1, 2);
    Object[][] marks = {
      {NfHook.OUTPUT, true, 3},
      {NfHook.OUTPUT, false, 11},
      {NfHook.POSTROUTING, true, 16},
      {NfHook.POSTROUTING, false, 48},
      {NfHook.INPUT, true, 64}
    };
    for (Object[] row : marks) {
      Verdict verdict = walk.gate((NfHook) row[0], (boolean) row[1]).pass(0, packet);
      assertThat(verdict).isSameAs(Verdict.CONTINUE);
      assertThat(packet.mark).as("%s %s", row).isEqualTo(row[2]);
    }
    packet.release();
    assertThat(walk.isEmpty(NfHook.INPUT, false)).isTrue();
  }

  @Test
  void anIndexChangesNothing() {
    Random random = new Random(7);
    StringBuilder rules = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      int first = random.nextInt(300);
      String match =
          switch (random.nextInt(9)) {
            case 0 -> "udp dport " + first;
            case 1 -> "udp dport " + first + "-" + (first + random.nextInt(60));
            case 2 -> "tcp dport != " + first;
            case 4 -> "ip saddr 10.0.0." + random.nextInt(4);
            case 5 -> "ip daddr { 10.9.0.0/16, 10.9.9.9 } meta l4proto udp";
            case 6 -> "ip daddr 10.9.9." + random.nextInt(8, 12) + " udp dport " + first;
            case 7 -> "udp dport { " + first + "-" + (first + 9) + ", 390-400 } udp sport 1-20";
            case 3 -> "ip saddr 10.0.0." + random.nextInt(4) + " udp dport { 7, " + first + " }";
            default -> "meta mark " + random.nextInt(50) + " udp dport < " + (first + 1);
          };
      rules.append(match).append(" meta mark set ").append(i).append('\n');
    }
    HookWalk walk =
        walk("table ip s { chain c { type filter hook output priority 0;\n" + rules + "} }", 16);
    Chain chain = walk.rules().baseChains(NfHook.OUTPUT).getFirst();
    int fewer = 0;
    for (int i = 0; i < 3000; i++) {
      int protocol = random.nextInt(4) == 0 ? IpProtocol.TCP : IpProtocol.UDP;
      String source = "10.0.0." + random.nextInt(4);
      Packet packet = Datagrams.v4(source, "10.9.9.9", protocol, 9, random.nextInt(400));
      int linear = linear(chain, packet);
      packet.mark = 0;
      walk.pass(NfHook.OUTPUT, 0, packet);
      assertThat(packet.mark).isEqualTo(linear);
      PacketFields fields = new PacketFields(Interfaces.LOOPBACK_ONLY);
      fields.decode(packet, NfHook.OUTPUT);
      fewer += IntStream.of(chain.candidates(fields)).takeWhile(n -> n >= 0).count() < 200 ? 1 : 0;
      packet.release();
    }
    assertThat(fewer).as("packets for which the index left rules out").isGreaterThan(2000);
  }

  /** Every rule, one after the other. */
  private static int linear(Chain chain, Packet packet) {
    PacketFields fields = new PacketFields(Interfaces.LOOPBACK_ONLY);
    assertThat(fields.decode(packet, NfHook.OUTPUT)).isTrue();
    for (Rule rule : chain.rules()) {
      for (RuleStep step : rule.steps()) {
        if (step.run(fields) != Flow.NEXT_STEP) {
          break;
        }
      }
    }
    return Objects.requireNonNull(packet).mark;
  }
}
