package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.larval.lab.report.FlowGroup.Entry;

/** The whole comparison in one look: a line for each policy, a column for each flow. */
final class GlanceTable {
  private GlanceTable() {}

  /** One table for each answer time. */
  static void draw(Markup page, List<FlowGroup> groups) {
    LinkedHashSet<String> answers = new LinkedHashSet<>();
    groups.forEach(group -> answers.add(group.answerTitle()));
    page.open("div", "class", "glances");
    for (String answer : answers) {
      List<FlowGroup> columns = new ArrayList<>();
      groups.stream().filter(group -> group.answerTitle().equals(answer)).forEach(columns::add);
      table(page, answer, columns);
    }
    page.close();
  }

  private static void table(Markup page, String answer, List<FlowGroup> columns) {
    page.open("table", "class", "glance");
    page.leaf("caption", answer.isEmpty() ? "Delivered share and greatest latency" : answer);
    page.open("thead").open("tr").leaf("th", "SA-miss policy", "scope", "col");
    for (FlowGroup group : columns) {
      FlowReport first = group.entries().get(0).report();
      page.open("th", "scope", "col");
      page.leaf("a", first.title(), "href", "#" + group.id());
      page.leaf("small", first.from() + " \u2192 " + first.to()).close();
    }
    page.close().close().open("tbody");
    for (int row = 0; row < columns.get(0).entries().size(); row++) {
      Entry head = columns.get(0).entries().get(row);
      page.open("tr", "data-preset", head.preset()).leaf("th", head.preset(), "scope", "row");
      for (FlowGroup group : columns) {
        cell(page, group.entries().get(row));
      }
      page.close().line();
    }
    page.close().close();
  }

  private static void cell(Markup page, Entry entry) {
    FlowReport flow = entry.report();
    page.open("td", "class", flow.leakedInClear() > 0 ? "leak" : "plain");
    FateBar.draw(page, entry.account());
    String share = flow.offered() == 0 ? "-" : LabWords.percent(share(flow));
    page.open("small").leaf("b", share);
    if (flow.latencyMaxMs() >= 0) {
      page.text(" \u2264 " + FlowCells.ms(flow.latencyMaxMs()));
    }
    if (flow.connectedMs() >= 0) {
      page.text(", up after " + FlowCells.ms(flow.connectedMs()));
    }
    if (flow.died() != null) {
      page.text(", died");
    } else if (flow.failure() != null) {
      page.text(", failed");
    }
    page.close();
    if (flow.leakedInClear() > 0) {
      page.leaf("strong", "\u25b2 " + FlowCells.leak(flow));
    }
    page.close();
  }

  private static double share(FlowReport flow) {
    return flow.delivered() / (double) flow.offered();
  }
}
