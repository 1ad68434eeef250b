package org.larval.lab.report;

import java.util.List;
import java.util.Locale;
import org.larval.lab.report.CompareReport.Figure;
import org.larval.lab.report.CompareReport.Verdict;
import org.larval.lab.report.FlowGroup.Entry;

/** Every figure of a comparison: a body of rows for each flow and answer time. */
final class CompareTable {
  private CompareTable() {}

  static void draw(Markup page, List<FlowGroup> groups, String caption) {
    boolean measured =
        groups.stream().flatMap(g -> g.entries().stream()).anyMatch(e -> e.verdict() != null);
    page.open("table", "class", "figures").leaf("caption", caption);
    page.open("thead").open("tr");
    for (String head :
        List.of(
            "SA-miss policy",
            "Fates",
            "Delivered",
            "Lost",
            "Refused",
            "Held",
            "Late",
            "Median",
            "Max",
            "Notes")) {
      page.leaf("th", head, "scope", "col");
    }
    if (measured) {
      page.leaf("th", "Measured kernel", "scope", "col");
    }
    page.close().close().line();
    for (FlowGroup group : groups) {
      page.open("tbody").open("tr", "class", "group");
      page.open("th", "colspan", measured ? "11" : "10", "scope", "rowgroup");
      page.leaf("a", group.title(), "href", "#" + group.id());
      FlowReport first = group.entries().get(0).report();
      page.text(", " + first.offered() + " messages");
      if (first.measured() != null) {
        page.text("; measured elsewhere: " + first.measured());
      }
      page.close();
      page.close().line();
      group.entries().forEach(entry -> row(page, entry, measured));
      page.close();
    }
    page.close().line();
  }

  private static void row(Markup page, Entry entry, boolean measured) {
    FlowReport flow = entry.report();
    boolean leak = flow.leakedInClear() > 0;
    page.open("tr", "class", leak ? "leak" : "plain", "data-preset", entry.preset());
    page.leaf("th", entry.preset(), "scope", "row");
    page.open("td", "class", "fates");
    FateBar.draw(page, entry.account());
    page.close();
    number(page, flow.delivered() + " of " + flow.offered(), false);
    reasons(page, FlowCells.lost(flow), flow.lostTotal() == 0);
    reasons(page, FlowCells.refused(flow), flow.refusedTotal() == 0);
    number(page, Integer.toString(flow.everHeld()), flow.everHeld() == 0);
    number(page, Integer.toString(flow.late()), flow.late() == 0);
    number(page, FlowCells.ms(flow.latencyMedianMs()), flow.latencyMedianMs() < 0);
    number(page, FlowCells.ms(flow.latencyMaxMs()), flow.latencyMaxMs() < 0);
    page.leaf(leak ? "th" : "td", (leak ? "\u25b2 " : "") + FlowCells.notes(flow));
    if (measured) {
      page.open("td");
      Verdict verdict = entry.verdict();
      if (verdict != null) {
        verdict(page, verdict);
      }
      page.close();
    }
    page.close().line();
  }

  private static void number(Markup page, String text, boolean nothing) {
    page.leaf("td", text, "class", nothing ? "n nothing" : "n");
  }

  private static void reasons(Markup page, String text, boolean nothing) {
    page.leaf("td", text, "class", nothing ? "n nothing" : "n why");
  }

  private static void verdict(Markup page, Verdict verdict) {
    String rows = verdict.rows() == 1 ? " (1 row)" : " (" + verdict.rows() + " rows)";
    page.open("details");
    page.leaf(
        "summary",
        (verdict.inBand() ? "\u2713 as measured" : "\u2260 DIFFERS") + rows,
        "class",
        verdict.inBand() ? "same" : "differs");
    page.open("table").leaf("caption", "Larval beside the measured kernel");
    page.open("thead").open("tr");
    for (String head : List.of("Figure", "Larval", "Measured", "Band")) {
      page.leaf("th", head, "scope", "col");
    }
    page.close().close().open("tbody");
    for (Figure figure : verdict.figures()) {
      page.open("tr", "class", figure.inBand() ? "same" : "differs");
      page.leaf("th", (figure.inBand() ? "" : "\u2260 ") + figure.name(), "scope", "row");
      page.leaf("td", number(figure.ours()), "class", "n");
      StringBuilder measured = new StringBuilder();
      figure
          .measured()
          .forEach(m -> measured.append(measured.isEmpty() ? "" : ", ").append(number(m)));
      page.leaf("td", measured.toString(), "class", "n");
      page.leaf("td", number(figure.least()) + " \u2026 " + number(figure.most()), "class", "n");
      page.close();
    }
    page.close().close().close();
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.1f", value);
  }
}
