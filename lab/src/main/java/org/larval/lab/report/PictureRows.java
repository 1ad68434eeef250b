package org.larval.lab.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.lab.report.FlowGroup.Entry;

/**
 * Pictures side by side, one row a policy, with shared axes: differences stand below each other.
 */
final class PictureRows {
  private static final double HELD_BESIDE = 200;
  private static final double HELD_WIDE = 560;

  private PictureRows() {}

  /** One flow with one answer time. */
  static void flow(Markup page, FlowGroup group) {
    List<Entry> entries = group.entries();
    DeliveryPicture delivery = new DeliveryPicture(entries);
    LatencyPicture latency = new LatencyPicture(entries, group.id());
    boolean beside = entries.stream().allMatch(Entry::alone) && HeldPicture.any(entries);
    HeldPicture held = new HeldPicture(entries, HELD_BESIDE);
    String shape = beside ? "rows three" : "rows";
    page.open("figure", "class", shape, "id", group.id());
    page.open("figcaption");
    String answer = group.answerTitle();
    if (!answer.isEmpty()) {
      page.leaf("b", answer).text(" \u2014 ");
    }
    page.text(LabWords.traffic(group.traffic())).close();
    latency.drawGhosts(page, entries);
    page.open("div", "class", "row head");
    page.leaf("span", "SA-miss policy").leaf("span", "Offered and delivered over time");
    page.leaf("span", "Share arrived within");
    if (beside) {
      page.leaf("span", "Packets held");
    }
    page.close().line();
    for (Entry entry : entries) {
      page.open("div", "class", "row", "data-preset", entry.preset());
      label(page, entry);
      delivery.draw(page, entry);
      latency.draw(page, entry);
      if (beside) {
        held.draw(page, entry);
      }
      page.close().line();
    }
    page.open("div", "class", "row axes").leaf("span", "");
    delivery.axis().draw(page, "time since the lab began");
    latency.axis().draw(page, "latency; top line = all offered");
    if (beside) {
      held.axis().draw(page, "time since the lab began");
    }
    page.close().close().line();
  }

  private static void label(Markup page, Entry entry) {
    FlowReport report = entry.report();
    page.open("div", "class", "label").leaf("b", entry.preset());
    page.leaf("span", report.delivered() + " of " + report.offered());
    if (report.lostTotal() > 0) {
      page.leaf("span", report.lostTotal() + " lost", "title", FlowCells.lost(report));
    }
    if (report.refusedTotal() > 0) {
      page.leaf("span", report.refusedTotal() + " refused", "title", FlowCells.refused(report));
    }
    if (report.connectedMs() >= 0) {
      page.leaf("span", "connected after " + FlowCells.ms(report.connectedMs()));
    }
    if (report.died() != null || report.failure() != null) {
      page.leaf(
          "span",
          report.died() != null ? "died of " + report.died() : "failed: " + report.failure());
    }
    if (report.leakedInClear() > 0) {
      page.leaf("strong", FlowCells.leak(report), "class", "leak");
    }
    page.close();
  }

  /** Held packets of runs in which several flows ran together, a figure for each answer time. */
  static boolean held(Markup page, List<FlowGroup> groups) {
    Map<String, FlowGroup> byAnswer = new LinkedHashMap<>();
    for (FlowGroup group : groups) {
      if (!group.entries().stream().allMatch(Entry::alone)) {
        byAnswer.putIfAbsent(group.answerTitle(), group);
      }
    }
    byAnswer.forEach((answer, group) -> heldFigure(page, answer, group.entries()));
    return !byAnswer.isEmpty();
  }

  private static void heldFigure(Markup page, String answer, List<Entry> entries) {
    if (!HeldPicture.any(entries)) {
      page.leaf("p", (answer.isEmpty() ? "" : answer + ": ") + "No packet was ever held.");
      return;
    }
    HeldPicture held = new HeldPicture(entries, HELD_WIDE);
    page.open("figure", "class", "rows one").open("figcaption");
    page.leaf("b", "All flows together" + (answer.isEmpty() ? "" : ", " + answer));
    page.text(" \u2014 packets in hold queues, all guests").close();
    for (Entry entry : entries) {
      page.open("div", "class", "row", "data-preset", entry.preset());
      page.open("div", "class", "label").leaf("b", entry.preset());
      int acquires = entry.run().report().acquires();
      page.leaf("span", acquires + (acquires == 1 ? " acquire" : " acquires")).close();
      held.draw(page, entry);
      page.close().line();
    }
    page.open("div", "class", "row axes").leaf("span", "");
    held.axis().draw(page, "time since the lab began");
    page.close().close().line();
  }
}
