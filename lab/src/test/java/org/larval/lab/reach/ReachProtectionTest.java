package org.larval.lab.reach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.lab.reach.Asked.open;
import static org.larval.lab.reach.Asked.pair;
import static org.larval.lab.reach.Asked.reach;
import static org.larval.lab.reach.Asked.stop;

import org.junit.jupiter.api.Test;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.report.ReachText;

/** What protection, and its being enforced, leaves open. */
class ReachProtectionTest {
  private static final String PROTECTED =
      """
      lab: x
      policy:
        ENFORCING
        rules:
          - allow t_t spd_t:association polmatch; allow t_t self:association sendto;
          - allow { t_t unlabeled_t } netif_t:netif { ingress egress };
          - allow { t_t unlabeled_t } node_t:node { recvfrom sendto };
          - RULE
      guests:
        a: {nic: 10.0.0.1/24, label: "u:r:t_t:s0:c1"}
        b: {nic: 10.0.0.2/24, label: "u:r:t_t:s0:c2"}
      links: [{between: [a, b]}]
      protect: [{between: [a, b], PROTECT}]
      """;
  private static final String LABELED = "label: \"u:r:spd_t:s0\"";

  private static ReachReport guarded(String rule, String protect) {
    return reach(
        PROTECTED
            .replace("ENFORCING", "enforcing: true")
            .replace("RULE", rule)
            .replace("PROTECT", protect));
  }

  @Test
  void aProtectionForSomeProtocolsLeavesTheOthersInClear() {
    String unlabeled = "allow t_t unlabeled_t:peer recv;";
    ReachReport all = guarded(unlabeled, LABELED);
    assertThat(open(all)).isEmpty();
    assertThat(stop(all, "a", "b")).isEqualTo("peer:recv no rule allows it");
    ReachReport some = guarded(unlabeled, LABELED + ", for: [udp, tcp]");
    assertThat(open(some)).containsExactly("clear all but udp, tcp");
    assertThat(some.findings()).extracting(Finding::kind).containsOnly("no-shared-category");
    assertThat(some.findings().getFirst().text()).contains("by clear (all but udp, tcp)");
    assertThat(open(guarded("allow t_t self:peer recv;", LABELED + ", for: udp")))
        .containsExactly("association udp");
  }

  @Test
  void ipsecWithoutLabelsTellsTheReceiverNothing() {
    String rule = "allow t_t unlabeled_t:peer recv;";
    // no labeled policy, so nobody checks peers
    assertThat(open(guarded("allow t_t t_t:peer recv;", "mode: transport")))
        .containsExactly("ipsec any");
    ReachReport report = guarded(rule, LABELED + "}, {between: [a, b], priority: 1");
    assertThat(open(report)).isEmpty();
    assertThat(open(guarded(rule, LABELED + ", priority: 2}, {between: [a, b], priority: 1")))
        .containsExactly("ipsec any");
  }

  @Test
  void aPolicyThatMayNotBeUsedIsPassedOverIntoTheClear() {
    String unusable = LABELED.replace("spd_t", "other_t");
    ReachReport report = guarded("allow t_t unlabeled_t:peer recv;", unusable);
    assertThat(open(report)).containsExactly("clear any");
    assertThat(pair(report, "a", "b").paths().getFirst().remark())
        .isEqualTo(
            "a passes over the policy of line 13, since association:polmatch is denied to"
                + " u:r:t_t:s0:c1");
    assertThat(report.notes()).hasSize(2).first().asString().startsWith("a passes over");
    ReachReport dropped =
        guarded(
            "allow t_t unlabeled_t:peer recv; allow unlabeled_t other_t:association polmatch;",
            unusable);
    assertThat(open(dropped)).isEmpty();
    assertThat(pair(dropped, "a", "b").stoppedBy()).isNull();
    assertThat(ReachText.of(dropped, false)).contains("xfrm policy");
  }

  @Test
  void anOptionalProtectionLeavesTheClear() {
    ReachReport report =
        guarded("allow t_t { t_t unlabeled_t }:peer recv;", LABELED + ", level: use");
    assertThat(open(report)).containsExactly("clear any", "association any");
    assertThat(ReachText.of(report, false)).contains("OPEN clear, association");
  }

  @Test
  void saysWhatIsOpenOnlyBecauseNobodyEnforcesIt() {
    ReachReport denied = guarded("allow spd_t t_t:peer recv;", LABELED);
    assertThat(pair(denied, "a", "b").reaches()).isFalse();
    ReachReport domain = guarded("permissive t_t; allow spd_t t_t:peer recv;", LABELED);
    assertThat(pair(domain, "a", "b").onlyPermissive()).isTrue();
    assertThat(domain.findings().getFirst().text())
        .endsWith(
            "share no category, only because t_t is permissive: peer:recv is denied, no rule"
                + " allows it");
    assertThat(ReachText.of(domain, true))
        .contains("OPEN association, permissive")
        .contains("(yes) peer:recv");
    ReachReport lab =
        reach(
            PROTECTED
                .replace("ENFORCING", "enforcing: false")
                .replace("RULE", "allow spd_t t_t:peer recv;")
                .replace("PROTECT", LABELED));
    assertThat(pair(lab, "a", "b").onlyPermissive()).isTrue();
    assertThat(lab.findings().getFirst().text())
        .contains("only because the lab does not enforce its policy");
    ReachReport allowed = guarded("permissive t_t; allow t_t self:peer recv;", LABELED);
    assertThat(pair(allowed, "a", "b").reaches()).isTrue();
    assertThat(pair(allowed, "a", "b").onlyPermissive()).isFalse();
  }
}
