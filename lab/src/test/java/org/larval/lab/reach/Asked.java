package org.larval.lab.reach;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.LabPolicy;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Pair;

/** Asks a lab who reaches whom. */
final class Asked {
  private Asked() {}

  static List<String> open(ReachReport report) {
    return pair(report, "a", "b").paths().stream()
        .filter(path -> path.inLab() && path.open())
        .map(path -> path.name() + " " + path.protocols())
        .toList();
  }

  static ReachReport reach(String text) {
    return reach(LabFileReader.parse("lab.yaml", text));
  }

  static ReachReport reach(LabFile lab) {
    return Reach.of(lab, Objects.requireNonNull(LabPolicy.of(lab)));
  }

  static Pair pair(ReachReport report, String from, String to) {
    List<Pair> found =
        report.pairs().stream()
            .filter(each -> each.from().equals(from) && each.to().equals(to))
            .toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  static String stop(ReachReport report, String from, String to) {
    Check check = Objects.requireNonNull(pair(report, from, to).stoppedBy());
    return check.name() + " " + check.why();
  }
}
