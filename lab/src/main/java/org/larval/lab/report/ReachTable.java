package org.larval.lab.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabPolicy;
import org.larval.lab.reach.Reach;
import org.larval.lab.reach.ReachReport;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Finding;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;
import org.larval.labels.policydb.PolicyDb;

/**
 * Who reaches whom as a part of a page: what was found, the matrix with found pairs in red, and
 * every check of every pair to unfold.
 */
final class ReachTable {
  /** Labels beyond which a matrix is no longer readable. */
  static final int MAX_SUBJECTS = 40;

  private ReachTable() {}

  /** The section for a lab with a policy; nothing without. */
  static void section(Markup page, LabFile file) {
    if (file.policy() == null) {
      return;
    }
    page.open("section", "id", "reach").leaf("h2", "Who can reach whom");
    try {
      PolicyDb policy = LabPolicy.of(file);
      if (policy != null) {
        draw(page, Reach.of(file, policy));
      }
    } catch (LabFileException problem) {
      page.leaf("p", "Not analysed: " + problem.getMessage());
    }
    page.close().line();
  }

  static void draw(Markup page, ReachReport report) {
    ReachMatrix matrix = new ReachMatrix(report);
    banner(page, report);
    labels(page, report, matrix);
    if (matrix.names().size() > MAX_SUBJECTS) {
      page.leaf(
          "p",
          "The matrix of %d labels is left out here; 'larval policy reach LAB.yaml' prints it."
              .formatted(matrix.names().size()));
      return;
    }
    square(page, matrix);
    legend(page, report);
    page.leaf("h3", "Every check");
    for (Pair pair : report.pairs()) {
      if (pair.connected()) {
        pair(page, pair, matrix.found(pair));
      }
    }
  }

  private static void banner(Markup page, ReachReport report) {
    if (!report.enforcing()) {
      page.leaf(
          "p",
          "\u2260 The lab does not enforce its policy: nothing is stopped.",
          "class",
          "banner differs");
    }
    if (report.findings().isEmpty()) {
      page.leaf(
          "p",
          "\u2713 No guest reaches another that its categories should keep it from.",
          "class",
          "banner good");
    } else {
      page.open("div", "class", "banner bad", "role", "note");
      page.leaf("strong", "\u25b2 Categories should keep these apart:").open("ul");
      for (Finding finding : report.findings()) {
        page.open("li").text(finding.text()).leaf("small", " (" + finding.place() + ")").close();
      }
      page.close().close();
    }
    for (String note : report.notes()) {
      page.leaf("p", "Note: " + note + ".");
    }
  }

  private static void labels(Markup page, ReachReport report, ReachMatrix matrix) {
    boolean images = matrix.images();
    page.open("div", "class", "wide").open("table", "class", "compromised");
    page.leaf("caption", "What a compromised guest gets at");
    page.open("thead").open("tr").leaf("th", "Guest", "scope", "col");
    page.leaf("th", "Label", "scope", "col").leaf("th", "Reaches", "scope", "col");
    if (images) {
      page.leaf("th", "Opens the image of", "scope", "col");
    }
    page.close().close().open("tbody");
    for (Subject subject : report.subjects()) {
      page.open("tr").leaf("th", subject.name(), "scope", "row");
      page.leaf("td", subject.label()).leaf("td", matrix.reached(subject.name()));
      if (images) {
        page.leaf("td", matrix.images(subject.name()));
      }
      page.close().line();
    }
    page.close().close().close();
  }

  private static void square(Markup page, ReachMatrix matrix) {
    List<String> names = matrix.names();
    page.open("div", "class", "wide").open("table", "class", "reach");
    page.leaf(
        "caption", "Rows send, columns hear: the open path, or the first check that stops it");
    page.open("thead").open("tr").leaf("th", "from \\ to", "scope", "col");
    names.forEach(name -> page.leaf("th", name, "scope", "col"));
    page.close().close().open("tbody");
    for (String from : names) {
      page.open("tr").leaf("th", from, "scope", "row");
      for (String to : names) {
        cell(page, matrix, from, to);
      }
      page.close().line();
    }
    page.close().close().close();
  }

  private static void cell(Markup page, ReachMatrix matrix, String from, String to) {
    Pair pair = matrix.pair(from, to);
    if (pair == null) {
      page.leaf("td", "", "class", "nothing");
    } else if (matrix.found(pair)) {
      page.open("td", "class", "leak");
      page.leaf(pair.reaches() ? "strong" : "span", mark(pair.reaches()) + ReachMatrix.cell(pair));
      if (pair.opensImage()) {
        page.leaf("strong", mark(true) + "opens its image");
      }
      page.close();
    } else if (pair.reaches()) {
      page.leaf("td", ReachMatrix.cell(pair), "class", "open");
    } else {
      String why = ReachMatrix.closed(pair);
      page.leaf("td", ReachMatrix.cell(pair), "class", "nothing", "title", why == null ? "" : why);
    }
  }

  private static String mark(boolean red) {
    return red ? "\u25b2 " : "";
  }

  private static void legend(Markup page, ReachReport report) {
    page.open("ul", "class", "words");
    if (!report.findings().isEmpty()) {
      page.open("li").leaf("b", "\u25b2, red").text(": categories should keep them apart").close();
    }
    for (ReachWord word : ReachWord.values()) {
      if (word.occurs(report)) {
        page.open("li").leaf("b", word.text()).text(": " + word.sentence()).close();
      }
    }
    page.close();
  }

  private static void pair(Markup page, Pair pair, boolean found) {
    boolean ways = pair.paths().stream().map(Path::way).distinct().count() > 1;
    page.open("details", "class", "checks");
    String title = pair.from() + " \u2192 " + pair.to() + ": " + ReachMatrix.cell(pair);
    page.leaf("summary", title, "class", found ? "bad" : "");
    for (Path path : pair.paths()) {
      page.leaf("p", ReachMatrix.title(path, ways));
      list(page, path.remark(), path.checks());
    }
    if (!pair.image().isEmpty()) {
      page.leaf("p", "image");
      list(page, null, pair.image());
    }
    page.close().line();
  }

  private static void list(Markup page, @Nullable String remark, List<Check> checks) {
    if (remark == null && checks.isEmpty()) {
      return;
    }
    page.open("ol");
    if (remark != null) {
      page.open("li").leaf("b", remark).close();
    }
    for (Check check : checks) {
      page.open("li").leaf("b", ReachMatrix.answer(check));
      page.text(" " + ReachMatrix.words(check)).close();
    }
    page.close();
  }
}
