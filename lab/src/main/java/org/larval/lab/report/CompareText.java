package org.larval.lab.report;

import java.util.List;
import org.larval.lab.report.CompareReport.Row;
import org.larval.lab.run.Comparison;

/** The comparison for a terminal: one table. */
public final class CompareText {
  private CompareText() {}

  /** The table, the verdicts where something was measured, and the files written. */
  public static String of(CompareReport report, List<String> files) {
    StringBuilder text = new StringBuilder();
    text.append(report.lab()).append(", seed ").append(report.seed()).append("\n\n");
    boolean answers = report.rows().stream().anyMatch(row -> row.answerAfterMs() != -2);
    boolean measured = report.rows().stream().anyMatch(row -> row.verdict() != null);
    boolean elsewhere = report.rows().stream().anyMatch(row -> row.flow().measured() != null);
    TextTable table =
        new TextTable(
            "what",
            "SA after",
            "SA-miss policy",
            "offered",
            "delivered",
            "lost",
            "refused",
            "held",
            "late",
            "max",
            "notes",
            measured ? "measured kernel" : "",
            elsewhere ? "measured elsewhere" : "");
    for (Row row : report.rows()) {
      FlowReport flow = row.flow();
      table.row(
          flow.title(),
          answers ? Comparison.answerText(row.answerAfterMs()) : "as in file",
          row.saMiss(),
          flow.offered(),
          flow.delivered(),
          FlowCells.lost(flow),
          FlowCells.refused(flow),
          flow.everHeld(),
          flow.late(),
          FlowCells.ms(flow.latencyMaxMs()),
          FlowCells.notes(flow),
          verdict(row),
          flow.measured() == null ? "" : flow.measured());
    }
    text.append(table).append('\n');
    for (Row row : report.rows()) {
      CompareReport.Verdict verdict = row.verdict();
      if (verdict != null && !verdict.inBand()) {
        verdict.figures().stream()
            .filter(figure -> !figure.inBand())
            .forEach(
                figure ->
                    text.append(row.flow().kind())
                        .append(", ")
                        .append(row.saMiss())
                        .append(", SA after ")
                        .append(Comparison.answerText(row.answerAfterMs()))
                        .append(": ")
                        .append(figure.name())
                        .append(" is ")
                        .append(figure.ours())
                        .append(", outside ")
                        .append(figure.least())
                        .append("..")
                        .append(figure.most())
                        .append('\n'));
      }
    }
    files.forEach(file -> text.append("wrote ").append(file).append('\n'));
    return text.toString();
  }

  private static String verdict(Row row) {
    CompareReport.Verdict verdict = row.verdict();
    if (verdict == null) {
      return "";
    }
    return (verdict.inBand() ? "as measured (" : "DIFFERS (") + verdict.rows() + " rows)";
  }
}
