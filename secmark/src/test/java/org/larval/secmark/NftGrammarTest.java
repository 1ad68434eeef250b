package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.labels.Sids;

class NftGrammarTest {
  private static final String CHAIN = "chain c { type filter hook input priority 0; %s\n}";
  private static final String SECMARK = "secmark h { \"system_u:object_r:http_packet_t:s0\" }\n";

  private static String rule(String rule) {
    return "table inet t {\n" + SECMARK + "chain d { }\n" + CHAIN.formatted(rule) + "\n}\n";
  }

  static List<String> accepted() {
    return List.of(
        rule("tcp dport 80 meta secmark set \"h\""),
        rule("meta secmark set tcp dport map { 80 : \"h\", 90-99 : \"h\" }"),
        rule("ct state new ct secmark set meta secmark"),
        rule("ct state established,related meta secmark set ct secmark"),
        rule("ct state != new,established counter drop"),
        rule("ip saddr { 10.0.0.0/8, 192.168.1.1-192.168.1.9 } accept"),
        rule("ip6 daddr fd00::/64 udp sport != { 53, 123 } return"),
        rule("iifname \"eth*\" oifname != \"lo\" accept comment \"c\""),
        rule("tcp dport vmap { 22 : accept, 80-90 : jump d }"),
        rule("tcp flags & (fin|syn) == syn accept"),
        rule("tcp flags syn / syn,ack accept"),
        rule("meta mark & 0xf0 == 0x10 meta mark set meta mark and 0xff or 0x100"),
        rule("ct mark set meta mark"),
        rule("icmp type { echo-request, echo-reply } accept"),
        rule("icmpv6 type nd-neighbor-solicit accept"),
        rule("tcp dport . ip saddr { 80 . 10.0.0.1, 81 . 10.0.0.0/8 } accept"),
        rule("meta l4proto { tcp, udp } th dport 53 log prefix \"x\" accept"),
        rule("meta nfproto ipv4 ip protocol udp udp dport domain goto d"),
        rule("ip ttl < 5 ip dscp cs1 drop"),
        rule("iif lo tcp dport { ssh, http,\n https } accept"),
        "define p = { 80, 443 }\n" + rule("tcp dport $p meta secmark set \"h\""),
        "flush ruleset\nadd table ip t\nadd chain ip t c { type filter hook output priority"
            + " security + 1; policy drop; }\nadd rule ip t c tcp dport 80 accept\n"
            + "insert rule ip t c udp dport 1-5 accept # comment\n",
        "table inet t {\n  chain c { type filter hook forward priority mangle; tcp dport @s accept;"
            + " }\n  set s { type inet_service; flags interval; elements = { 1-5, 9 } }\n}\n",
        "table ip6 t { chain c { type route hook output priority -150; ip6 hoplimit > 3 accept; }"
            + " }\n");
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void takesWhatNftTakes(String text) {
    Ruleset rules = new Ruleset(LabelSource.of(new Sids()), Interfaces.LOOPBACK_ONLY);
    assertThat(rules.loadNft("f", text).size()).isPositive();
    assertThat(rules.active()).isEqualTo(text.contains("secmark h"));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(rule("tcp dport 70000 accept"), "f:4:56: the value 70000 is not within"),
        Arguments.of(rule("tcp dport 90-80 accept"), "the range falls from 90 to 80"),
        Arguments.of(rule("tcp dport accept"), "'accept' is no inet_service"),
        Arguments.of(rule("ip saddr 10.0.0.0/33 accept"), "prefix length is not within 0 to 32"),
        Arguments.of(rule("ip saddr fd00::1 accept"), "'fd00::1' is no IPv4 address"),
        Arguments.of(rule("ip saddr 10.0.0.1 ip6 daddr ::1 accept"), "rule is for IPv4"),
        Arguments.of(rule("tcp dport 1 udp dport 1 accept"), "the rule is for tcp"),
        Arguments.of(rule("ct state fresh accept"), "'fresh' is no ct_state"),
        Arguments.of(rule("jump nowhere"), "has no chain 'nowhere'"),
        Arguments.of(rule("tcp dport @none accept"), "has no set 'none'"),
        Arguments.of(rule("accept drop"), "comes after the verdict"),
        Arguments.of(rule("tcp dport { } accept"), "no element in the braces"),
        Arguments.of(rule("iif nosuch accept"), "no interface is called 'nosuch'"),
        Arguments.of(rule("tcp dport 80 accept comment"), "does not belong here"),
        Arguments.of(rule("tcp dport $x accept"), "no variable 'x' is defined"),
        Arguments.of(
            "table inet t { chain c { type filter hook inputs priority 0; } }\n", "no hook"),
        Arguments.of("table inet t {\n chain c { tcp dport 80 accept\n", "not closed"),
        Arguments.of("add rule ip t c accept\n", "there is no table ip t"),
        Arguments.of(
            "table ip t { chain a { jump b; }\n chain b { jump a; }\n }\n", "back to itself"),
        Arguments.of("include \"/nowhere/x\"\n", "'include' is refused"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatNftRefuses(String text, String message) {
    Ruleset rules = new Ruleset(LabelSource.of(new Sids()), Interfaces.LOOPBACK_ONLY);
    assertThatThrownBy(() -> rules.loadNft("f", text))
        .isInstanceOf(RuleException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
    assertThat(rules.size()).isZero();
  }
}
