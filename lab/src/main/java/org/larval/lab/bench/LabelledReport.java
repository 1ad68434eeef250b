package org.larval.lab.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.larval.lab.report.TextTable;

/**
 * What labels cost in a guest's stack.
 *
 * @param library that ESP was made with
 * @param bytes of UDP payload in each packet
 * @param manyRulesTimesFew the time with 1,000 secmark rules as a multiple of that with 10
 * @param manyTrackedTimesFew the same where connections' marks are saved and restored, too
 * @param allButEspOfNothing the speed with everything but ESP as a part of that with nothing
 * @param labelledOfEsp the speed with labelled ESP as a part of that with ESP without labels
 * @param allOfEsp the speed with everything as a part of that with ESP without labels
 * @param allOfNothing the speed with everything as a part of that with nothing
 */
public record LabelledReport(
    String library,
    int bytes,
    List<Row> rows,
    Spread manyRulesTimesFew,
    Spread manyTrackedTimesFew,
    Spread allButEspOfNothing,
    Spread labelledOfEsp,
    Spread allOfEsp,
    Spread allOfNothing) {
  /**
   * One kind of label.
   *
   * @param nanos for a packet from socket to socket, both guests together, median of the rounds
   * @param ofNothing the speed as a part of that with nothing, in the same round
   * @param allocated bytes of heap for a packet, median
   */
  public record Row(
      String labels, double packetsPerSecond, double nanos, Spread ofNothing, double allocated) {}

  /** Over the rounds. */
  public record Spread(double min, double median, double max) {
    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Spread(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }

    private String text() {
      return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", median, min, max);
    }
  }

  /** For a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("UDP of ").append(bytes).append(" bytes from guest to guest, both stacks, NICs ");
    text.append("and a link; processor time of one thread\ncrypto: ").append(library);
    text.append("\n\n");
    TextTable table =
        new TextTable("labels", "packets/s", "ns", "of nothing", "min", "max", "allocated");
    for (Row row : rows) {
      table.row(
          row.labels(),
          String.format(Locale.ROOT, "%,.0f", row.packetsPerSecond()),
          String.format(Locale.ROOT, "%,.0f", row.nanos()),
          hundredth(row.ofNothing().median()),
          hundredth(row.ofNothing().min()),
          hundredth(row.ofNothing().max()),
          String.format(Locale.ROOT, "%.1f", row.allocated()));
    }
    text.append(table).append('\n');
    TextTable ratios = new TextTable("in the same round", "median (min to max)");
    ratios.row("time with 1,000 rules / with 10", manyRulesTimesFew.text());
    ratios.row("the same with ct secmark", manyTrackedTimesFew.text());
    ratios.row("speed of labelled ESP / of ESP", labelledOfEsp.text());
    ratios.row("speed with all but ESP / with nothing", allButEspOfNothing.text());
    ratios.row("speed with all / of ESP", allOfEsp.text());
    ratios.row("speed with all / with nothing", allOfNothing.text());
    return text.append(ratios).toString();
  }

  private static String hundredth(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
