package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.labels.Sids;
import org.larval.packet.Packet;
import org.larval.packet.Step;
import org.larval.packet.StepAction;
import org.larval.packet.Verdict;
import org.larval.wire.IpProtocol;

class SecmarkGateTest {
  private static final String X = "system_u:object_r:x_packet_t:s0";
  private static final String Y = "system_u:object_r:y_packet_t:s0:c1";
  private static final String SET_X = " meta secmark set \"" + X + "\"";
  private static final String SET_Y = " meta secmark set \"" + Y + "\"";

  private final Sids sids = new Sids();
  private final int x = sids.sid(X);
  private final int y = sids.sid(Y);

  @AfterEach
  void nothingIsLeft() {
    assertThat(Datagrams.POOL.live()).isZero();
  }

  private SecmarkGate gate(String rules) {
    return new SecmarkTable(sids).load(SecmarkChain.INPUT, rules).gate(SecmarkChain.INPUT, "a");
  }

  private int markOf(String rules, Packet packet) {
    try {
      assertThat(gate(rules).pass(3, packet)).isSameAs(Verdict.CONTINUE);
      return packet.secmark;
    } finally {
      packet.release();
    }
  }

  private static Packet http() {
    return Datagrams.v4("10.1.2.3", "10.9.0.1", IpProtocol.TCP, 40000, 80);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp dport 80, true",
    "tcp dport 81, false",
    "tcp dport 79-80, true",
    "tcp dport 80-81, true",
    "tcp dport 81-90, false",
    "tcp sport 40000, true",
    "tcp sport 80, false",
    "udp dport 80, false",
    "meta l4proto tcp, true",
    "meta l4proto 6, true",
    "meta l4proto udp, false",
    "ip protocol tcp, true",
    "ip saddr 10.1.0.0/16, true",
    "ip saddr 10.2.0.0/16, false",
    "ip saddr 10.9.0.1, false",
    "ip daddr 10.9.0.1, true",
    "ip daddr 10.9.0.2, false",
    "ip daddr 0.0.0.0/0, true",
    "ip6 daddr ::/0, false",
    "meta nfproto ipv4, true",
    "meta nfproto ipv6, false",
    "meta mark 0x12, true",
    "mark 18, true",
    "meta mark 0x13, false",
    "meta mark & 0xf0 == 0x10, true",
    "meta mark and 0x0f == 0x03, false",
    "ip saddr 10.0.0.0/8 tcp sport 1024-65535 tcp dport 80 mark 0x12, true",
    "ip saddr 10.0.0.0/8 tcp sport 1024-65535 tcp dport 81 mark 0x12, false",
  })
  void aRuleFitsIfAllThatItNamesFits(String match, boolean fits) {
    Packet packet = http();
    packet.mark = 0x12;
    assertThat(markOf(match + SET_X, packet)).isEqualTo(fits ? x : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "ip6 saddr fd00::/64, true",
    "ip6 saddr fd01::/64, false",
    "ip6 daddr fd00:0:0:1::2, true",
    "ip saddr 0.0.0.0/0, false",
    "udp dport 53, true",
    "meta l4proto udp, true",
  })
  void rulesSeeIpv6(String match, boolean fits) {
    Packet packet = Datagrams.v6("fd00::1", "fd00:0:0:1::2", IpProtocol.UDP, 5353, 53);
    assertThat(markOf(match + SET_X, packet)).isEqualTo(fits ? x : 0);
  }

  @Test
  void aRuleThatNamesNothingFitsAll() {
    assertThat(markOf(SET_X, http())).isEqualTo(x);
    assertThat(markOf(SET_X, Datagrams.v6("::1", "::1", IpProtocol.ESP, 0, 0))).isEqualTo(x);
  }

  @Test
  void theLastRuleThatFitsWins() {
    assertThat(markOf("tcp dport 80" + SET_X + "\nip daddr 10.0.0.0/8" + SET_Y, http()))
        .isEqualTo(y);
    assertThat(markOf("ip daddr 10.0.0.0/8" + SET_Y + "\ntcp dport 80" + SET_X, http()))
        .isEqualTo(x);
  }

  @Test
  void aPacketThatNoRuleFitsKeepsItsMark() {
    Packet packet = http();
    packet.secmark = 77;
    assertThat(markOf("udp dport 80" + SET_X, packet)).isEqualTo(77);
  }

  @Test
  void laterFragmentsHaveNoPorts() {
    String all = "udp dport 0-65535" + SET_X + "\n";
    String protocol = "meta l4proto udp" + SET_Y + "\n";
    assertThat(markOf(all, Datagrams.laterFragment4("10.0.0.1", "10.0.0.2", IpProtocol.UDP)))
        .isZero();
    assertThat(markOf(all, Datagrams.laterFragment6("::1", "::2", IpProtocol.UDP))).isZero();
    assertThat(markOf(protocol, Datagrams.laterFragment4("10.0.0.1", "10.0.0.2", IpProtocol.UDP)))
        .isEqualTo(y);
    assertThat(markOf(protocol, Datagrams.laterFragment6("::1", "::2", IpProtocol.UDP)))
        .isEqualTo(y);
  }

  @Test
  void portsOfZeroArePorts() {
    String zero = "udp dport 0" + SET_X;
    assertThat(markOf(zero, Datagrams.v4("10.0.0.1", "10.0.0.2", IpProtocol.UDP, 0, 0)))
        .isEqualTo(x);
    assertThat(markOf(zero, Datagrams.v6("::1", "::2", IpProtocol.UDP, 0, 0))).isEqualTo(x);
  }

  @Test
  void whatIsNoIpPacketIsLeftAlone() {
    Packet packet = http();
    packet.buffer().setByte(packet.buffer().readerIndex(), 0x95);
    assertThat(markOf(SET_X, packet)).isZero();
  }

  @Test
  void theTrailTellsWhichRuleMarked() {
    Packet packet = http();
    gate("tcp dport 80" + SET_X + "\ntcp dport 81" + SET_Y).pass(3, packet);
    assertThat(Objects.requireNonNull(packet.trail()).steps())
        .singleElement()
        .satisfies(
            (Step step) -> {
              assertThat(step.at()).isEqualTo(3);
              assertThat(step.place()).isEqualTo("a");
              assertThat(step.action()).isEqualTo(StepAction.MARKED);
              assertThat(step.detail()).hasToString("tcp dport 80" + SET_X);
            });
    packet.release();
  }

  @Test
  void chainsAreApart() {
    SecmarkTable table = new SecmarkTable(sids).load(SecmarkChain.OUTPUT, SET_X);
    Packet packet = http();
    table.gate(SecmarkChain.INPUT, "a").pass(0, packet);
    assertThat(packet.secmark).isZero();
    table.gate(SecmarkChain.OUTPUT, "a").pass(0, packet);
    assertThat(packet.secmark).isEqualTo(x);
    packet.release();
  }
}
