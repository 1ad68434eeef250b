package org.larval.lab.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.larval.lab.report.TextTable;

/**
 * How fast a policy decides here.
 *
 * @param policy the file's name
 * @param questions how many different ones were asked
 * @param firstLoadMs processor time of the first load
 * @param bestLoadMs of the fastest of the loads that followed
 * @param rows what we did
 * @param oracle what the program over libsepol printed; empty without one
 */
public record LabelsReport(
    String policy,
    int questions,
    double firstLoadMs,
    double bestLoadMs,
    List<Row> rows,
    Map<String, Double> oracle) {
  /**
   * One way to decide.
   *
   * @param nanos for a decision, median of the rounds
   * @param bytes of heap for a decision
   */
  public record Row(String name, double perSecond, double nanos, double bytes) {
    static Row of(String name, Rounds.Lap[] laps) {
      double nanos = median(Arrays.stream(laps).mapToDouble(Rounds.Lap::nanosPerOperation));
      double bytes = median(Arrays.stream(laps).mapToDouble(Rounds.Lap::bytesPerOperation));
      return new Row(name, 1e9 / nanos, nanos, bytes);
    }

    private static double median(DoubleStream values) {
      double[] sorted = values.sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  /** For a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, %,d questions; processor time of one thread%nloaded in %.1f ms at first, %.1f ms"
                + " at best%n%n",
            policy,
            questions,
            firstLoadMs,
            bestLoadMs));
    TextTable table = new TextTable("what", "a second", "ns", "allocated");
    for (Row row : rows) {
      table.row(
          row.name(),
          String.format(Locale.ROOT, "%,.0f", row.perSecond()),
          String.format(Locale.ROOT, "%.1f", row.nanos()),
          String.format(Locale.ROOT, "%.0f", row.bytes()));
    }
    text.append(table);
    if (!oracle.isEmpty()) {
      TextTable theirs = new TextTable("libsepol's oracle", "");
      oracle.forEach((name, value) -> theirs.row(name, String.format(Locale.ROOT, "%,.1f", value)));
      text.append('\n').append(theirs);
    }
    return text.toString();
  }
}
