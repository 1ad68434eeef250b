package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.report.CompareReport.Verdict;
import org.larval.lab.run.Comparison;
import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.LabRun;

/**
 * One flow with one answer time, under every policy: what stands together in tables and pictures.
 *
 * @param answerAfterMs -1 for never, -2 where the file decides
 */
record FlowGroup(LabFile file, int flow, double answerAfterMs, List<Entry> entries) {

  /**
   * The flow in one run.
   *
   * @param preset the policy's name
   * @param alone whether no other flow ran
   */
  record Entry(
      String preset,
      LabRun run,
      FlowAccount account,
      FlowReport report,
      boolean alone,
      @Nullable Verdict verdict) {}

  /** The groups of a comparison, by flow and then by answer time. */
  static List<FlowGroup> of(Comparison comparison) {
    List<CompareReport.Row> rows = comparison.report().rows();
    Map<Integer, Map<Double, List<Entry>>> byFlow = new LinkedHashMap<>();
    int row = 0;
    for (Comparison.Cell cell : comparison.cells()) {
      List<FlowReport> flows = cell.run().report().flows();
      for (FlowReport flow : flows) {
        CompareReport.Row told = rows.get(row++);
        byFlow
            .computeIfAbsent(flow.flow(), f -> new LinkedHashMap<>())
            .computeIfAbsent(told.answerAfterMs(), a -> new ArrayList<>())
            .add(
                new Entry(
                    cell.saMiss(),
                    cell.run(),
                    cell.run().ledger().flow(flow.flow()),
                    flow,
                    flows.size() == 1,
                    told.verdict()));
      }
    }
    List<FlowGroup> groups = new ArrayList<>();
    byFlow.forEach(
        (flow, byAnswer) ->
            byAnswer.forEach(
                (answer, entries) ->
                    groups.add(new FlowGroup(comparison.file(), flow, answer, entries))));
    return groups;
  }

  /** The groups of a single run: each flow for itself. */
  static List<FlowGroup> of(LabRun run) {
    List<FlowReport> flows = run.report().flows();
    List<FlowGroup> groups = new ArrayList<>();
    for (FlowReport flow : flows) {
      FlowAccount account = run.ledger().flow(flow.flow());
      boolean alone = flows.size() == 1;
      groups.add(
          new FlowGroup(
              run.file(),
              flow.flow(),
              -2,
              List.of(new Entry("as in the file", run, account, flow, alone, null))));
    }
    return groups;
  }

  /** {@code Flow 1: udp, a to b}. */
  String flowTitle() {
    FlowReport first = entries.get(0).report();
    String what = first.name() == null ? first.kind() : first.name() + ", " + first.kind();
    return "Flow " + flow + ": " + what + ", " + first.from() + " \u2192 " + first.to();
  }

  /** {@code SA after 50 ms}, or empty where the file decides. */
  String answerTitle() {
    return answerAfterMs == -2
        ? ""
        : answerAfterMs == -1 ? "no SA ever" : "SA after " + Comparison.answerText(answerAfterMs);
  }

  /** Both. */
  String title() {
    return answerTitle().isEmpty() ? flowTitle() : flowTitle() + ", " + answerTitle();
  }

  /** For links within the page. */
  String id() {
    String answer =
        answerTitle().isEmpty() ? "" : "-" + answerTitle().replaceAll("[^a-z0-9A-Z]+", "-");
    return "flow-" + flow + answer;
  }

  /** What the traffic is. */
  LabFile.Traffic traffic() {
    return file.traffic().get(flow - 1);
  }

  /** Messages that left in clear, in all runs. */
  int leaked() {
    return entries.stream().mapToInt(entry -> entry.report().leakedInClear()).sum();
  }
}
