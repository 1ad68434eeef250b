package org.larval.lab.reach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.LabPolicy;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.report.ReachHtml;
import org.larval.lab.report.ReachText;

/** Who reaches whom, path by path. */
class ReachTest {
  private static final Path EXAMPLE = Path.of("../examples/svirt.yaml");

  @TempDir private Path directory;

  @Test
  void findsTheGuestWhoseCategoriesWereSetWrongly() {
    ReachReport report = reach(LabFileReader.read(EXAMPLE));
    assertThat(pair(report, "web", "db").reaches()).isFalse();
    assertThat(pair(report, "db", "web").reaches()).isFalse();
    assertThat(stop(report, "web", "db"))
        .isEqualTo("peer:recv a constraint withholds it, the source lacks c86,c557");
    assertThat(pair(report, "web", "copy").by()).isEqualTo("association");
    assertThat(pair(report, "db", "copy").by()).isEqualTo("association");
    assertThat(pair(report, "copy", "web").reaches()).isFalse();
    assertThat(report.findings())
        .extracting(Finding::kind, Finding::from, Finding::to)
        .containsExactly(
            tuple("shared-category", "web", "copy"),
            tuple("shared-category", "db", "copy"),
            tuple("image", "copy", "web"),
            tuple("image", "copy", "db"));
    assertThat(report.findings())
        .allSatisfy(
            finding -> {
              assertThat(finding.text()).endsWith("the label of copy stands in the file");
              assertThat(finding.place()).isEqualTo(EXAMPLE + ":16");
            });
    assertThat(pair(report, "web", "copy").opensImage()).isFalse();
    assertThat(ReachText.of(report, false))
        .contains("copy   nobody   web, db")
        .contains("web        .          peer:recv  OPEN association")
        .contains("4 findings");
  }

  @Test
  void findsNothingWhenEveryGuestHasItsOwnPair() throws Exception {
    String text = Files.readString(EXAMPLE).replaceAll(", label: \"system_u:system_r[^\"]*\"", "");
    Files.createDirectories(directory.resolve("policies"));
    Files.copy(
        Path.of("../examples/policies/svirt.yaml"), directory.resolve("policies/svirt.yaml"));
    Path file = directory.resolve("svirt.yaml");
    Files.writeString(file, text);
    ReachReport report = reach(LabFileReader.read(file));
    assertThat(report.pairs()).noneMatch(Pair::reaches);
    assertThat(report.findings()).isEmpty();
    assertThat(ReachText.of(report, false)).contains("Nothing found");
  }

  @Test
  void findsGuestsWithoutACommonCategoryThatReachEachOtherInClear() {
    ReachReport report =
        reach(
            """
            lab: x
            policy: {rules: []}
            guests:
              a: {nic: 10.0.0.1/24, label: "u:r:t:s0:c1"}
              b: {nic: 10.0.0.2/24, label: "u:r:t:s0:c2"}
            links: [{between: [a, b]}]
            """);
    assertThat(pair(report, "a", "b").by()).isEqualTo("clear");
    assertThat(report.findings()).extracting(Finding::kind).containsOnly("no-shared-category");
    assertThat(report.findings()).hasSize(2);
  }

  @Test
  void asksAboutMarksOnBothSides() {
    String lab =
        """
        lab: x
        policy:
          rules:
            - allow a_t web_packet_t:packet send;
            RULE
        guests:
          a:
            nic: 10.0.0.1/24
            label: "u:r:a_t"
            secmark: ['output tcp dport 80 meta secmark set "u:object_r:web_packet_t"']
          b:
            nic: 10.0.0.2/24
            label: "u:r:b_t"
            secmark: ['input tcp dport 80 meta secmark set "u:object_r:web_packet_t"']
          c: {nic: 10.0.9.3/24, label: "u:r:c_t"}
        links: [{between: [a, b]}]
        """;
    ReachReport stopped = reach(lab.replace("RULE", "- allow b_t web_packet_t:packet send;"));
    assertThat(stop(stopped, "a", "b")).isEqualTo("packet:recv no rule allows it");
    assertThat(pair(stopped, "a", "c").connected()).isFalse();
    ReachReport open = reach(lab.replace("RULE", "- allow b_t web_packet_t:packet recv;"));
    assertThat(pair(open, "a", "b").by()).isEqualTo("clear");
    assertThat(stop(open, "b", "a")).isEqualTo("packet:send no rule allows it");
  }

  @Test
  void goesOverGuestsThatForwardAndNoOthers() {
    String lab =
        """
        lab: x
        policy: {rules: []}
        guests:
          a: {nic: 10.0.0.1/24, label: "u:r:t"}
          r:
            nics: {eth0: 10.0.0.9/24, eth1: 10.1.0.9/24}
            forward: FORWARD
            secmark: ['forward meta secmark set "u:object_r:p_t"']
          b: {nic: 10.1.0.1/24, label: "u:r:t"}
        links: [{between: [a, r.eth0]}, {between: [r.eth1, b]}]
        """;
    assertThat(pair(reach(lab.replace("FORWARD", "no")), "a", "b").connected()).isFalse();
    assertThat(stop(reach(lab.replace("FORWARD", "yes")), "a", "b"))
        .isEqualTo("packet:forward_in no rule allows it");
  }

  @Test
  void namesTheGuestWhoseLabelMeansNothing() {
    LabFile lab =
        LabFileReader.parse(
            EXAMPLE.toString(),
            """
            lab: x
            policy: policies/svirt.yaml
            guests:
              a: {nic: 10.0.0.1/24, label: "system_u:system_r:wrong_t:s0"}
            """);
    assertThatThrownBy(() -> reach(lab))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining(":4:6: there is no type 'wrong_t'");
  }

  // --- protection ---

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

  private static List<String> open(ReachReport report) {
    return pair(report, "a", "b").paths().stream()
        .filter(path -> path.inLab() && path.open())
        .map(path -> path.name() + " " + path.protocols())
        .toList();
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

  // --- permissive ---

  @Test
  void saysWhatIsOpenOnlyBecauseNobodyEnforcesIt() {
    ReachReport denied = guarded("allow t_t spd_t:packet recv;", LABELED);
    assertThat(pair(denied, "a", "b").reaches()).isFalse();
    ReachReport domain = guarded("permissive t_t;", LABELED);
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
                .replace("RULE", "allow t_t spd_t:packet recv;")
                .replace("PROTECT", LABELED));
    assertThat(pair(lab, "a", "b").onlyPermissive()).isTrue();
    assertThat(lab.findings().getFirst().text())
        .contains("only because the lab does not enforce its policy");
    ReachReport allowed = guarded("permissive t_t; allow t_t self:peer recv;", LABELED);
    assertThat(pair(allowed, "a", "b").reaches()).isTrue();
    assertThat(pair(allowed, "a", "b").onlyPermissive()).isFalse();
  }

  // --- several NICs ---

  @Test
  void judgesEveryPairOfNics() {
    String lab =
        """
        lab: x
        policy:
          rules: ["allow t_t spd_t:association polmatch; permissive unlabeled_t;",
            "allow t_t netif_t:netif { ingress egress }; allow t_t node_t:node { recvfrom sendto };",
            "allow t_t unlabeled_t:peer recv;"]
        bridges: [br0, br1]
        guests:
          a: {nics: {eth0: 10.0.0.1/24, eth1: 10.1.0.1/24}, label: "u:r:t_t"}
          b: {nics: {eth0: 10.0.0.2/24, eth1: 10.2.0.2/24}, label: "u:r:t_t"}
          r: {nics: {eth0: 10.1.0.9/24, eth1: 10.2.0.9/24}, forward: yes}
          x: {nic: 10.1.0.7/24, label: "u:r:t_t"}
        links:
          - {between: [a.eth0, br0]}
          - {between: [b.eth0, br0]}
          - {between: [a.eth1, br1]}
          - {between: [r.eth0, br1]}
          - {between: [x, br1]}
          - {between: [b.eth1, r.eth1]}
        protect: [{between: [a, b], label: "u:r:spd_t"}]
        """;
    Pair pair = pair(reach(lab), "a", "b");
    // the protection is for the addresses on the common wire; the other way stays in clear
    assertThat(pair.paths())
        .extracting(path -> path.name(), path -> path.way(), path -> path.open())
        .containsExactly(
            tuple("clear", "a.eth1 -> r.eth0, r.eth1 -> b.eth1", true),
            tuple("association", "a.eth0 -> b.eth0", false),
            tuple("peer", "a.eth0 -> b.eth0", false),
            tuple("peer", "a.eth1 -> r.eth0, r.eth1 -> b.eth1", false));
    assertThat(pair.paths().getFirst().addresses()).containsExactly("10.1.0.1 > 10.2.0.2");
    assertThat(pair(reach(lab.replace(", forward: yes", "")), "a", "b").reaches()).isFalse();
    // a router that has no route to it does not deliver
    assertThat(pair(reach(lab), "x", "b").paths().getFirst().way())
        .isEqualTo("x.eth0 -> r.eth0, r.eth1 -> b.eth1");
    String elsewhere =
        lab.replace(
            "r: {nics: {eth0: 10.1.0.9/24, eth1: 10.2.0.9/24}",
            "r: {nics: {eth0: 10.1.0.9/24, eth1: 10.3.0.9/24}");
    assertThat(pair(reach(elsewhere), "x", "b").connected()).isFalse();
    String routed =
        elsewhere
            .replace(
                "b: {nics: {eth0: 10.0.0.2/24, eth1: 10.2.0.2/24}",
                "b: {nics: {eth0: [10.0.0.2/24, 10.3.0.2/24], eth1: [10.2.0.2/24, 10.3.0.3/24]}")
            .replace("forward: yes", "forward: yes, routes: [10.2.0.0/24 via 10.3.0.3]");
    assertThat(pair(reach(routed), "x", "b").paths().getFirst().addresses())
        .containsExactly("10.1.0.7 > 10.2.0.2", "10.1.0.7 > 10.3.0.3");
  }

  @Test
  void looksAtTheInterfaceAndAddressOfEachNic() throws Exception {
    Files.writeString(
        directory.resolve("p.yaml"),
        """
        policy: p
        mls: bare
        capabilities: [network_peer_controls, always_check_network]
        types: {t_t: [], lan_t: [], wan_t: []}
        netifs: {eth0: "system_u:object_r:lan_t:s0", eth1: "system_u:object_r:wan_t:s0"}
        nodes: {10.0.0.0/8: "system_u:object_r:lan_t:s0", fd00::/16: "system_u:object_r:lan_t:s0"}
        rules:
          - allow { t_t unlabeled_t } lan_t:netif { ingress egress };
          - allow { t_t unlabeled_t } lan_t:node { recvfrom sendto };
          - allow t_t unlabeled_t:peer recv; allow t_t unlabeled_t:packet { send recv };
        """);
    Path file = directory.resolve("lab.yaml");
    Files.writeString(
        file,
        """
        lab: x
        policy: p.yaml
        bridges: [br0]
        guests:
          a: {nics: {eth0: [10.0.0.1/24, fd00::1/64], eth1: 10.0.1.1/24}, label: "system_u:system_r:t_t:s0:c1"}
          b: {nics: {eth0: [192.168.0.2/24, fd00::2/64]}, label: "system_u:system_r:t_t:s0:c2"}
        links: [{between: [a.eth0, br0]}, {between: [a.eth1, br0]}, {between: [b, br0]}]
        """);
    ReachReport report = reach(LabFileReader.read(file));
    assertThat(pair(report, "a", "b").paths())
        .filteredOn(path -> path.inLab())
        .extracting(path -> path.way(), path -> path.addresses().toString(), path -> path.open())
        .containsExactly(
            tuple("a.eth0 -> b.eth0", "[10.0.0.1 > 192.168.0.2]", false),
            tuple("a.eth0 -> b.eth0", "[fd00::1 > fd00::2]", true),
            tuple("a.eth1 -> b.eth0", "[10.0.1.1 > 192.168.0.2]", false));
  }

  @Test
  void aRuleThatFitsEveryPacketLeavesNoneUnmarked() {
    String lab =
        """
        lab: x
        policy: {rules: ["allow t_t unlabeled_t:packet { send recv };"]}
        guests:
          a: {nic: 10.0.0.1/24, label: "u:r:t_t"}
          b:
            nic: 10.0.0.2/24
            label: "u:r:t_t"
            secmark: ['input RULE meta secmark set "u:object_r:p_t"']
        links: [{between: [a, b]}]
        """;
    assertThat(open(reach(lab.replace("RULE", "tcp dport 80")))).containsExactly("clear any");
    assertThat(open(reach(lab.replace("RULE", "meta l4proto tcp"))))
        .containsExactly("clear all but tcp");
    assertThat(open(reach(lab.replace("RULE ", "")))).isEmpty();
    assertThat(open(reach(lab.replace("RULE", "ip saddr 10.0.0.7")))).containsExactly("clear any");
  }

  @Test
  void aPageShowsTheSameInRed() {
    LabFile lab = LabFileReader.read(EXAMPLE);
    String page = ReachHtml.of(lab, reach(lab));
    assertThat(page)
        .contains("<td class=\"leak\"><strong>\u25b2 OPEN association</strong></td>")
        .contains("<small>opens its image</small>")
        .contains("each guest should have a pair of categories of its own")
        .contains("<td class=\"nothing\" title=\"peer:recv is denied: a constraint withholds it");
    assertThat(page.split("class=\"leak\"", -1)).hasSize(5);
  }

  private static ReachReport reach(String text) {
    return reach(LabFileReader.parse("lab.yaml", text));
  }

  private static ReachReport reach(LabFile lab) {
    return Reach.of(lab, Objects.requireNonNull(LabPolicy.of(lab)));
  }

  private static Pair pair(ReachReport report, String from, String to) {
    List<Pair> found =
        report.pairs().stream()
            .filter(each -> each.from().equals(from) && each.to().equals(to))
            .toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static String stop(ReachReport report, String from, String to) {
    Check check = Objects.requireNonNull(pair(report, from, to).stoppedBy());
    return check.name() + " " + check.why();
  }
}
