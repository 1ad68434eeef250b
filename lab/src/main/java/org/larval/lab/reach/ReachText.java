package org.larval.lab.reach;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.lab.report.TextTable;

/** A {@link ReachReport} for people. */
public final class ReachText {
  private ReachText() {}

  /**
   * The text.
   *
   * @param paths whether every check of every path is shown
   */
  public static String of(ReachReport report, boolean paths) {
    StringBuilder text = new StringBuilder();
    TextTable subjects =
        report.subjects().stream().anyMatch(each -> each.image() != null)
            ? new TextTable("guest", "label", "image")
            : new TextTable("guest", "label");
    for (Subject subject : report.subjects()) {
      if (subject.image() == null) {
        subjects.row(subject.name(), subject.label());
      } else {
        subjects.row(subject.name(), subject.label(), subject.image());
      }
    }
    text.append(subjects)
        .append(
            "\nWho reaches whom: OPEN and the path, or the first check that" + " stops it.\n\n");
    text.append(matrix(report)).append('\n');
    if (paths) {
      report.pairs().forEach(pair -> pair(text, pair));
    }
    if (report.findings().isEmpty()) {
      text.append(
          "Nothing found: whoever reaches another shares a category with it, or has" + " none.\n");
    }
    for (Finding finding : report.findings()) {
      text.append(finding.place()).append(": ").append(finding.text()).append('\n');
    }
    return text.toString();
  }

  private static TextTable matrix(ReachReport report) {
    List<String> names = report.subjects().stream().map(Subject::name).toList();
    Map<String, String> cells = new LinkedHashMap<>();
    report.pairs().forEach(pair -> cells.put(pair.from() + " " + pair.to(), cell(pair)));
    String[] headings = new String[names.size() + 1];
    headings[0] = "from \\ to";
    for (int i = 0; i < names.size(); i++) {
      headings[i + 1] = names.get(i);
    }
    TextTable table = new TextTable(headings);
    for (String from : names) {
      Object[] row = new Object[headings.length];
      row[0] = from;
      for (int i = 0; i < names.size(); i++) {
        row[i + 1] = cells.getOrDefault(from + " " + names.get(i), ".");
      }
      table.row(row);
    }
    return table;
  }

  /** What a cell of the matrix says. */
  static String cell(Pair pair) {
    if (!pair.connected()) {
      return "no link";
    }
    if (pair.reaches()) {
      return "OPEN " + pair.by();
    }
    Check stop = pair.stoppedBy();
    return stop == null ? "stopped" : stop.name();
  }

  private static void pair(StringBuilder text, Pair pair) {
    text.append(pair.from()).append(" -> ").append(pair.to()).append('\n');
    for (Path path : pair.paths()) {
      if (!path.inLab() && path.checks().isEmpty()) {
        continue;
      }
      text.append("  ")
          .append(path.name())
          .append(path.inLab() ? "" : " (not in this lab)")
          .append(": ")
          .append(path.open() ? "open" : "stopped")
          .append(path.checks().isEmpty() ? ", nothing is checked" : "")
          .append('\n');
      for (Check check : path.checks()) {
        text.append("    ")
            .append(check.allowed() ? "yes  " : "NO   ")
            .append(check.name())
            .append("  ")
            .append(check.source())
            .append(" -> ")
            .append(check.target())
            .append(why(check.why()))
            .append('\n');
      }
    }
    text.append('\n');
  }

  private static String why(@Nullable String why) {
    return why == null ? "" : ": " + why;
  }
}
