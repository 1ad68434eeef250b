package org.larval.lab.report;

import java.util.List;
import java.util.Map;

/** A run for a terminal. */
public final class RunText {
  private static final int MOST_LINES = 60;

  private RunText() {}

  /** The flows, the balance of packets, the counters, and what was expected. */
  public static String of(RunReport report) {
    StringBuilder text = new StringBuilder();
    text.append(report.lab())
        .append(", seed ")
        .append(report.seed())
        .append(", ")
        .append(report.time())
        .append(" time, ended at ")
        .append(FlowCells.ms(report.endedMs()))
        .append("\n\n");
    text.append(flows(report.flows())).append('\n').append(balance(report.packets()));
    text.append("acquires: ").append(report.acquires()).append('\n');
    for (Map.Entry<String, Map<String, Long>> guest : report.xfrmStat().entrySet()) {
      StringBuilder counters = new StringBuilder();
      guest
          .getValue()
          .forEach((name, count) -> counters.append(' ').append(name).append('=').append(count));
      text.append("xfrm_stat of ").append(guest.getKey()).append(':').append(counters).append('\n');
    }
    int shown = Math.min(report.ike().size(), MOST_LINES);
    report.ike().subList(0, shown).forEach(line -> text.append("ike ").append(line).append('\n'));
    if (shown < report.ike().size()) {
      text.append("ike ... and ")
          .append(report.ike().size() - shown)
          .append(" lines more, all with --format json\n");
    }
    for (RunReport.Outside guest : report.outside()) {
      text.append(outside(guest));
    }
    report.happened().forEach(line -> text.append("at ").append(line).append('\n'));
    for (RunReport.Audited audited : report.audit()) {
      text.append(audited.record());
      text.append(audited.times() == 1 ? "\n" : " (" + audited.times() + " times)\n");
    }
    for (RunReport.Expected expected : report.expectations()) {
      text.append(expected.met() ? "met: " : "NOT MET: ")
          .append(expected.flow() == 0 ? "all flows" : "flow " + expected.flow())
          .append(' ')
          .append(expected.figure())
          .append(' ')
          .append(expected.wanted());
      if (!expected.met()) {
        text.append(", but it is ").append(expected.actual()).append(" (");
        text.append(expected.where()).append(')');
      }
      text.append('\n');
    }
    for (String file : report.files()) {
      text.append("wrote ").append(file).append('\n');
    }
    if (!report.files().isEmpty()) {
      text.append(
          report.ike().isEmpty()
              ? "beside it, in .esp_sa, the keys of all its SAs: whoever reads them reads it\n"
              : "beside it, in .esp_sa and .ikev2_decryption_table, the keys of all its SAs:"
                  + " whoever reads them reads it\n");
    }
    return text.toString();
  }

  private static String outside(RunReport.Outside guest) {
    StringBuilder text = new StringBuilder();
    text.append(guest.guest()).append(" (").append(guest.attachment()).append("): sent ");
    text.append(guest.framesIn()).append(" frames, got ").append(guest.framesOut());
    if (guest.ringFull() > 0) {
      text.append(", no room for ").append(guest.ringFull());
    }
    if (guest.badSize() > 0) {
      text.append(", wrong size ").append(guest.badSize());
    }
    if (guest.refused() > 0) {
      text.append(", refused ").append(guest.refused());
    }
    if (guest.fault() != null) {
      text.append(", STOPPED: ").append(guest.fault());
    }
    return text.append('\n').toString();
  }

  static String flows(List<FlowReport> flows) {
    boolean measured = flows.stream().anyMatch(flow -> flow.measured() != null);
    TextTable table =
        new TextTable(
            "flow",
            "what",
            "from",
            "to",
            "offered",
            "delivered",
            "lost",
            "refused",
            "held",
            "late",
            "median",
            "max",
            "notes",
            measured ? "measured elsewhere" : "");
    for (FlowReport flow : flows) {
      table.row(
          flow.flow(),
          flow.name() == null ? flow.kind() : flow.name(),
          flow.from(),
          flow.to(),
          flow.offered(),
          flow.delivered(),
          FlowCells.lost(flow),
          FlowCells.refused(flow),
          flow.everHeld(),
          flow.late(),
          FlowCells.ms(flow.latencyMedianMs()),
          FlowCells.ms(flow.latencyMaxMs()),
          FlowCells.notes(flow),
          flow.measured() == null ? "" : flow.measured());
    }
    return table.toString();
  }

  static String balance(RunReport.Balance packets) {
    StringBuilder text = new StringBuilder();
    text.append("packets: ")
        .append(packets.born())
        .append(" = ")
        .append(packets.delivered())
        .append(" delivered + ")
        .append(packets.absorbed())
        .append(" absorbed + ")
        .append(packets.droppedTotal())
        .append(" dropped + ")
        .append(packets.held())
        .append(" held + ")
        .append(packets.underWay())
        .append(" under way")
        .append(packets.balances() ? "\n" : "  DOES NOT BALANCE\n");
    packets
        .dropped()
        .forEach(
            (reason, n) ->
                text.append("  dropped ").append(n).append(' ').append(reason).append('\n'));
    return text.toString();
  }
}
