package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.larval.labels.Sids;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

class PossibleMarksTest {
  private static final String HEAD =
      """
      table inet t {
        secmark a { "u:object_r:a_t:s0" }
        secmark b { "u:object_r:b_t:s0" }
        map m { type inet_service : secmark; elements = { 80 : "a", 443 : "b" }
        }
        chain user { ip saddr 10.0.0.0/8 meta secmark set "b"
          ip saddr 10.0.0.0/8 accept
        }
        chain c { type filter hook input priority 0; policy drop;
      """;

  private static List<String> marks(String rules, String source, int protocol) {
    Sids sids = new Sids();
    Ruleset ruleset = new Ruleset(LabelSource.of(sids), Interfaces.LOOPBACK_ONLY);
    ruleset.loadNft("f", HEAD + rules + "\n} }\n");
    IpAddress from = IpAddress.parse(source);
    IpAddress to = IpAddress.any(from.v6());
    return ruleset.possible(NfHook.INPUT, Set.of(0), from, to, protocol).stream()
        .map(sid -> sid == 0 ? "none" : sids.context(sid).type())
        .toList();
  }

  @Test
  void whatIsKnownDecidesAndTheRestMayBe() {
    String rules = "ip saddr 10.0.0.1 meta secmark set \"a\"\naccept";
    assertThat(marks(rules, "10.0.0.1", IpProtocol.TCP)).containsExactly("a_t");
    assertThat(marks(rules, "10.0.0.2", IpProtocol.TCP)).containsExactly("none");
    assertThat(marks(rules, "fd00::1", IpProtocol.TCP)).containsExactly("none");
    String port = "tcp dport 80 meta secmark set \"a\"\naccept";
    assertThat(marks(port, "10.0.0.1", IpProtocol.TCP)).containsExactly("none", "a_t");
    assertThat(marks(port, "10.0.0.1", IpProtocol.UDP)).containsExactly("none");
  }

  @Test
  void mapsJumpsAndPoliciesCount() {
    String map = "meta secmark set tcp dport map @m\naccept";
    assertThat(marks(map, "10.0.0.1", IpProtocol.TCP)).containsExactly("none", "a_t", "b_t");
    String jump = "jump user\nmeta secmark set \"a\" accept";
    assertThat(marks(jump, "10.0.0.1", IpProtocol.TCP)).containsExactly("b_t");
    assertThat(marks(jump, "192.168.0.1", IpProtocol.TCP)).containsExactly("a_t");
    String some = "meta secmark set \"a\"\nct state new accept";
    assertThat(marks(some, "10.0.0.1", IpProtocol.UDP)).containsExactly("a_t");
  }

  @Test
  void connectionsMayHaveAnyLabelOfTheRules() {
    String restore = "ct state established meta secmark set ct secmark\naccept";
    assertThat(marks(restore, "10.0.0.1", IpProtocol.TCP)).containsExactly("none", "a_t", "b_t");
  }
}
