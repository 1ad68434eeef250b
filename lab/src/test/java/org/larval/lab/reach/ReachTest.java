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

/** Who reaches whom, path by path. */
class ReachTest {
  private static final Path EXAMPLE = Path.of("../examples/svirt.yaml");

  @TempDir private Path directory;

  @Test
  void findsTheGuestWhoseCategoriesWereSetWrongly() {
    ReachReport report = reach(LabFileReader.read(EXAMPLE));
    assertThat(pair(report, "web", "db").reaches()).isFalse();
    assertThat(pair(report, "db", "web").reaches()).isFalse();
    assertThat(stop(report, "web", "db")).isEqualTo("peer:recv a constraint withholds it");
    assertThat(pair(report, "web", "copy").by()).isEqualTo("association");
    assertThat(pair(report, "db", "copy").by()).isEqualTo("association");
    assertThat(pair(report, "copy", "web").reaches()).isFalse();
    assertThat(report.findings())
        .extracting(Finding::kind, Finding::from, Finding::to)
        .containsExactly(
            tuple("shared-category", "web", "copy"), tuple("shared-category", "db", "copy"));
    assertThat(report.findings().getFirst().text())
        .endsWith("the label of copy stands in the file");
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
