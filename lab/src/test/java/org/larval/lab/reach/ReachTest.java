package org.larval.lab.reach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.larval.lab.reach.Asked.open;
import static org.larval.lab.reach.Asked.pair;
import static org.larval.lab.reach.Asked.reach;
import static org.larval.lab.reach.Asked.stop;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
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
            secmark:
              - >-
                iptables -t security -A OUTPUT -p tcp --dport 80 -j SECMARK
                --selctx u:object_r:web_packet_t
          b:
            nic: 10.0.0.2/24
            label: "u:r:b_t"
            secmark:
              - >-
                iptables -t security -A INPUT -p tcp --dport 80 -j SECMARK
                --selctx u:object_r:web_packet_t
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
        policy: {rules: ['allow t p_t:packet forward_out;']}
        guests:
          a: {nic: 10.0.0.1/24, label: "u:r:t"}
          r:
            nics: {eth0: 10.0.0.9/24, eth1: 10.1.0.9/24}
            forward: PASSES
            secmark:
              - >-
                iptables -t security -A FORWARD -j SECMARK
                --selctx u:object_r:p_t
          b: {nic: 10.1.0.1/24, label: "u:r:t"}
        links: [{between: [a, r.eth0]}, {between: [r.eth1, b]}]
        """;
    assertThat(pair(reach(lab.replace("PASSES", "no")), "a", "b").connected()).isFalse();
    assertThat(stop(reach(lab.replace("PASSES", "yes")), "a", "b"))
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
            secmark:
              - table inet t { secmark p { "u:object_r:p_t" }
              - chain c { type filter hook input priority 0; RULE meta secmark set "p"; } }
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
        .contains("<strong>\u25b2 opens its image</strong>")
        .contains("each guest should have a pair of categories of its own")
        .contains("<td class=\"nothing\" title=\"peer:recv is denied: a constraint withholds it");
    assertThat(page.split("class=\"leak\"", -1)).hasSize(5);
  }

  @Test
  void saysWhenAGuestWithoutCategoriesIsReached() {
    String lab =
        """
        lab: x
        policy: {rules: []}
        guests:
          a: {nic: 10.0.0.1/24, label: "u:r:t:s0:c1"}
          b: {nic: 10.0.0.2/24, label: "u:r:t:s0"}
          c: {nic: 10.0.0.3/24, xfrm: ["policy flush"]}
        bridges: [br0]
        links: [{between: [a, br0]}, {between: [b, br0]}, {between: [c, br0]}]
        """;
    ReachReport report = reach(lab);
    // c has no label at all, so nobody meant to keep it apart by categories
    assertThat(report.findings())
        .extracting(Finding::kind, Finding::from, Finding::to)
        .containsExactly(tuple("no-category", "a", "b"), tuple("no-category", "b", "a"));
    assertThat(report.notes())
        .containsExactly("c has 'xfrm:' lines, whose policies are not counted");
  }
}
