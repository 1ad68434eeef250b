package org.larval.lab.report;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.lab.report.CompareReport.Row;

/** The comparison for a spreadsheet: one line a row, RFC 4180. */
public final class CompareCsv {
  private CompareCsv() {}

  /** All rows under one heading. */
  public static String of(CompareReport report) {
    StringBuilder csv =
        new StringBuilder(
            "sa_miss,answer_after_ms,flow,kind,from,to,offered,delivered,lost,refused,asleep,held,"
                + "ever_held,held_max_ms,late,reordered,duplicated,leaked_in_clear,"
                + "first_delivered_ms,latency_median_ms,latency_max_ms,connected_ms,"
                + "syn_retransmissions,acquires,name,measured\r\n");
    for (Row row : report.rows()) {
      FlowReport flow = row.flow();
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%d,%s,%s,%s,%d,%d,%d,%d,%d,%d,%d,%s,%d,%d,%d,%d,%s,%s,%s,%s,%d,%d,%s,%s\r\n",
              row.saMiss(),
              row.answerAfterMs() < 0 ? "" : row.answerAfterMs(),
              flow.flow(),
              flow.kind(),
              flow.from(),
              flow.to(),
              flow.offered(),
              flow.delivered(),
              flow.lostTotal(),
              flow.refusedTotal(),
              flow.asleep(),
              flow.held(),
              flow.everHeld(),
              flow.heldMaxMs(),
              flow.late(),
              flow.reordered(),
              flow.duplicated(),
              flow.leakedInClear(),
              optional(flow.firstDeliveredMs()),
              optional(flow.latencyMedianMs()),
              optional(flow.latencyMaxMs()),
              optional(flow.connectedMs()),
              flow.synRetransmissions(),
              row.acquires(),
              quoted(flow.name()),
              quoted(flow.measured())));
    }
    return csv.toString();
  }

  private static String quoted(@Nullable String text) {
    return text == null ? "" : '"' + text.replace("\"", "\"\"") + '"';
  }

  private static String optional(double ms) {
    return ms < 0 ? "" : Double.toString(ms);
  }
}
