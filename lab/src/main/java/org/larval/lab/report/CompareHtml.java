package org.larval.lab.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.larval.lab.report.CompareReport.Row;
import org.larval.lab.run.Comparison;

/**
 * The comparison as one HTML page with nothing outside it. The same runs give the same bytes.
 * Without its script it shows the same; only the choice of policies is missing.
 */
public final class CompareHtml {
  private CompareHtml() {}

  /** The page. */
  public static String of(Comparison comparison) {
    List<FlowGroup> groups = FlowGroup.of(comparison);
    CompareReport report = comparison.report();
    Set<String> presets = new LinkedHashSet<>();
    report.rows().forEach(row -> presets.add(row.saMiss()));

    Markup page = HtmlPage.open(report.lab() + " - larval compare");
    int runs = comparison.cells().size();
    HtmlPage.head(
        page, comparison.file(), "compare", report.seed(), runs == 1 ? "1 run" : runs + " runs");
    HtmlPage.leaks(page, groups);
    measured(page, report);
    choice(page, presets);

    page.open("section", "id", "glance").leaf("h2", "At a glance");
    GlanceTable.draw(page, groups);
    page.close().line();

    HtmlPage.lab(page, comparison.cells().get(0).run(), groups);
    ReachTable.section(page, comparison.file());

    page.open("section", "id", "presets").leaf("h2", "SA-miss policies");
    page.open("div", "class", "wide");
    PresetTable.draw(page, presets);
    page.close().close().line();

    page.open("section", "id", "pictures").leaf("h2", "What happened to the messages");
    HtmlPage.key(page);
    int flow = 0;
    for (FlowGroup group : groups) {
      if (group.flow() != flow) {
        page.leaf("h3", group.flowTitle());
        flow = group.flow();
      }
      PictureRows.flow(page, group);
    }
    page.close().line();
    if (PictureRows.together(groups)) {
      page.open("section", "id", "held").leaf("h2", "Packets held");
      PictureRows.held(page, groups);
      page.close().line();
    }

    page.open("section", "id", "figures").leaf("h2", "All figures");
    CompareTable.draw(page, groups, "Every flow under every policy; reasons stand by the numbers");
    page.close();
    return HtmlPage.finish(page);
  }

  private static void measured(Markup page, CompareReport report) {
    List<Row> rows = report.rows().stream().filter(row -> row.verdict() != null).toList();
    if (rows.isEmpty()) {
      return;
    }
    long same =
        rows.stream().filter(row -> row.verdict() == null || row.verdict().inBand()).count();
    boolean all = same == rows.size();
    page.open("p", "class", all ? "banner good" : "banner differs");
    page.text(
        (all ? "\u2713 " : "\u2260 ")
            + same
            + " of "
            + rows.size()
            + " rows beside which a real kernel was measured lie within its band. ");
    page.leaf("a", "All figures", "href", "#figures").close();
  }

  /** Shown by the script, which makes it work. */
  private static void choice(Markup page, Set<String> presets) {
    page.open("fieldset", "class", "choice", "hidden", "hidden");
    page.leaf("legend", "Show");
    for (String preset : presets) {
      page.open("label");
      page.empty("input", "type", "checkbox", "checked", "checked", "value", preset);
      page.text(" " + preset).close();
    }
    page.close().line();
  }
}
