package org.larval.lab.report;

import java.util.List;
import org.larval.lab.reach.ReachReport;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;

/** A {@link ReachReport} for people. */
public final class ReachText {
  private ReachText() {}

  /**
   * The text.
   *
   * @param paths whether every check of every path is shown
   */
  public static String of(ReachReport report, boolean paths) {
    ReachMatrix matrix = new ReachMatrix(report);
    StringBuilder text = new StringBuilder();
    if (!report.enforcing()) {
      text.append("The lab does not enforce its policy: nothing is stopped.\n\n");
    }
    text.append(labels(report)).append("\nWhat a compromised guest gets at:\n\n");
    text.append(summary(matrix));
    text.append(
        """

        Who reaches whom: rows send, columns hear. OPEN and the path, or the first check that stops it.

        """);
    text.append(square(matrix)).append('\n').append(legend(report));
    if (paths) {
      report.pairs().forEach(pair -> pair(text, pair));
    }
    if (report.findings().isEmpty()) {
      text.append(
          "Nothing found: no guest reaches another that its categories should keep it from.\n");
    } else {
      int count = report.findings().size();
      text.append(count).append(count == 1 ? " finding" : " findings");
      text.append(": categories should keep these apart.\n");
    }
    for (Finding finding : report.findings()) {
      text.append(finding.place()).append(": ").append(finding.text()).append('\n');
    }
    report.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
    return text.toString();
  }

  private static TextTable labels(ReachReport report) {
    boolean images = report.subjects().stream().anyMatch(each -> each.image() != null);
    TextTable table =
        images ? new TextTable("guest", "label", "image") : new TextTable("guest", "label");
    for (Subject subject : report.subjects()) {
      String image = subject.image();
      if (images) {
        table.row(subject.name(), subject.label(), image == null ? "" : image);
      } else {
        table.row(subject.name(), subject.label());
      }
    }
    return table;
  }

  private static TextTable summary(ReachMatrix matrix) {
    boolean images = matrix.images();
    TextTable table =
        images
            ? new TextTable("guest", "reaches", "opens the image of")
            : new TextTable("guest", "reaches");
    for (String name : matrix.names()) {
      if (images) {
        table.row(name, matrix.reached(name), matrix.images(name));
      } else {
        table.row(name, matrix.reached(name));
      }
    }
    return table;
  }

  private static TextTable square(ReachMatrix matrix) {
    List<String> names = matrix.names();
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
        row[i + 1] = matrix.cell(from, names.get(i));
      }
      table.row(row);
    }
    return table;
  }

  /** What the words in the cells mean, as far as they occur. */
  private static String legend(ReachReport report) {
    StringBuilder text = new StringBuilder();
    for (ReachWord word : ReachWord.values()) {
      if (word.occurs(report)) {
        text.append("%-12s %s".formatted(word.text(), word.sentence())).append('\n');
      }
    }
    return text.isEmpty() ? "" : text.append('\n').toString();
  }

  private static void pair(StringBuilder text, Pair pair) {
    if (!pair.connected()) {
      return;
    }
    text.append(pair.from()).append(" -> ").append(pair.to()).append('\n');
    boolean ways = pair.paths().stream().map(Path::way).distinct().count() > 1;
    for (Path path : pair.paths()) {
      text.append("  ").append(ReachMatrix.title(path, ways)).append('\n');
      if (path.remark() != null) {
        text.append("    ").append(path.remark()).append('\n');
      }
      path.checks().forEach(check -> check(text, check));
    }
    if (!pair.image().isEmpty()) {
      text.append("  image\n");
      pair.image().forEach(check -> check(text, check));
    }
    text.append('\n');
  }

  private static void check(StringBuilder text, Check check) {
    text.append("    %-6s".formatted(ReachMatrix.answer(check)));
    text.append(ReachMatrix.words(check)).append('\n');
  }
}
