package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.PolicyTextException;
import org.larval.labels.Sids;

class SecmarkTableTest {
  private static final String SET = "meta secmark set \"system_u:object_r:x_t:s0\"";

  private final Sids sids = new Sids();
  private final SecmarkTable table = new SecmarkTable(sids);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp dport 80 ",
        "udp sport 1000-2000 udp dport 53 ",
        "sctp dport 9 ",
        "dccp dport 9 ",
        "udplite dport 9 ",
        "ip saddr 10.0.0.0/8 ip daddr 10.1.0.1/32 meta l4proto icmp ",
        "ip6 daddr fd00::/64 meta l4proto icmpv6 ",
        "meta nfproto ipv6 ",
        "meta l4proto 4 ",
        "meta mark 0x10 ",
        "meta mark & 0xff0000ff == 0xf0000001 ",
      })
  void aRulePrintsAsItWasWritten(String match) {
    table.load(SecmarkChain.INPUT, match + SET);
    assertThat(table.rules(SecmarkChain.INPUT)).singleElement().hasToString(match + SET);
    SecmarkTable again =
        new SecmarkTable(sids)
            .load(SecmarkChain.INPUT, table.rules(SecmarkChain.INPUT).getFirst().toString());
    assertThat(again.rules(SecmarkChain.INPUT)).isEqualTo(table.rules(SecmarkChain.INPUT));
  }

  @Test
  void namedObjectsStandForContexts() {
    assertThat(table.active()).isFalse();
    table.load(
        SecmarkChain.INPUT,
        """
        # as nft prints them
        secmark http {
            "system_u:object_r:http_packet_t:s0"
        }
        secmark dns { "system_u:object_r:dns_packet_t:s0:c2,c1" }; tcp dport 80 meta secmark set "http"

        udp dport 53 meta secmark set "dns" # the name server
        """);
    assertThat(table.rules(SecmarkChain.INPUT))
        .extracting(rule -> rule.context().toString())
        .containsExactly(
            "system_u:object_r:http_packet_t:s0", "system_u:object_r:dns_packet_t:s0:c1,c2");
    assertThat(table.rules(SecmarkChain.INPUT))
        .allSatisfy(rule -> assertThat(sids.context(rule.sid())).isEqualTo(rule.context()));
    assertThat(table.active()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tpc dport 80 SET                  | 1  | 'tpc' does not belong here     | 'tcp dport'",
        "tcp port 80 SET                   | 5  | 'port'                         | sport or dport",
        "tcp dport http SET                | 11 | 'http'                         | a port",
        "tcp dport 65536 SET               | 11 | '65536'                        | within 0-65535",
        "tcp dport 90-80 SET               | 11 | '90-80'                        | rising range",
        "tcp dport 80 udp sport 5 SET      | 14 | already matches protocol tcp   | one protocol",
        "tcp dport 80 tcp dport 81 SET     | 18 | 'dport' stands twice           | at most once",
        "ip saddr fd00::1 SET              | 10 | 'fd00::1'                      | 10.0.0.0/8",
        "ip6 saddr 10.0.0.1 SET            | 11 | '10.0.0.1'                     | fd00::/64",
        "ip saddr 10.0.0.0/33 SET          | 10 | '10.0.0.0/33'                  | 10.0.0.0/8",
        "ip saddr 10.0.0.1 ip6 daddr ::1 SET | 19 | already matches IPv4         | one family",
        "meta l4proto tpc SET              | 14 | 'tpc'                          | tcp, udp",
        "meta foo 1 SET                    | 6  | 'foo'                          | l4proto",
        "meta mark x SET                   | 11 | 'x'                            | 32 bits",
        "meta mark & 0xf 1 SET             | 17 | '1'                            | '=='",
        "meta mark & 0xf == 0x10 SET       | 25 | cannot equal                   | within the mask",
        "tcp dport 80                      | 13 | the line ends                  | 'meta secmark"
            + " set'",
        "meta secmark \"u:r:t\"            | 14 | \"u:r:t\"                      | 'set'",
        "meta secmark set u:r:t            | 18 | 'u:r:t'                        | in quotes",
        "meta secmark set \"u:r\"          | 18 | has no type                    |"
            + " system_u:object_r",
        "meta secmark set \"u:r:t:s0:x\"   | 18 | category 'x'                   |"
            + " system_u:object_r",
        "meta secmark set \"http\"         | 18 | no secmark 'http' is defined   | names []",
        "meta secmark set \"u:r:t          | 18 | does not end                   | on the same"
            + " line",
        "SET accept                        | 45 | 'accept'                       | end of the line",
        "secmark { \"u:r:t\" }             | 9  | '{'                            | name",
        "secmark a \"u:r:t\"               | 11 | \"u:r:t\"                      | '{'",
        "secmark a { u:r:t }               | 13 | 'u:r:t'                        | in quotes",
        "secmark a { \"u:r:t\"             | 20 | the line ends                  | '}'",
      })
  void errorsSayWhereWhatAndWhatInstead(String text, int column, String wrong, String right) {
    String rules = "# first line\ntcp dport 1 " + SET + "\n" + text.replace("SET", SET);
    PolicyTextException error =
        catchThrowableOfType(
            PolicyTextException.class, () -> table.load(SecmarkChain.INPUT, rules));
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).as(error.getMessage()).isEqualTo(column);
    String[] parts = String.valueOf(error.getMessage()).split("; expected ", -1);
    assertThat(parts[0]).contains(wrong);
    assertThat(parts[parts.length - 1]).contains(right);
  }

  @Test
  void aNameIsDefinedOnce() {
    String object = "secmark a { \"u:r:t\" }\n";
    assertThat(
            catchThrowableOfType(
                PolicyTextException.class, () -> table.load(SecmarkChain.INPUT, object + object)))
        .hasMessageStartingWith("line 2, column 9: secmark 'a' is defined twice");
  }

  @Test
  void rulesAreBounded() {
    String rules = (SET + "\n").repeat(SecmarkTable.MAX_RULES);
    table.load(SecmarkChain.INPUT, rules);
    assertThat(
            catchThrowableOfType(
                PolicyTextException.class, () -> table.load(SecmarkChain.OUTPUT, SET)))
        .hasMessageContaining("already has 10000 rules");
  }
}
