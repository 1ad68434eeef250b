package org.larval.lab.bench;

import java.util.List;
import java.util.Locale;
import org.larval.lab.report.TextTable;

/**
 * What a benchmark found.
 *
 * @param operation what is counted, such as {@code hop}
 * @param tables one for each reference
 * @param figures what else was measured, once
 */
public record BenchReport(
    String bench, String operation, List<Table> tables, List<Figure> figures) {
  /** One without figures. */
  public BenchReport(String bench, String operation, List<Table> tables) {
    this(bench, operation, tables, List.of());
  }

  /**
   * Contenders beside their reference, which is the first row.
   *
   * @param about what stays the same for all rows
   */
  public record Table(String about, List<Row> rows) {}

  /**
   * One contender.
   *
   * @param nanos for an operation
   * @param times how many times as long as the reference took in the same round
   * @param bytes that the thread allocated for an operation, median
   */
  public record Row(String name, Spread nanos, Spread times, double bytes) {}

  /** One number with its unit. */
  public record Figure(String name, double value, String unit) {}

  /** Over the rounds. */
  public record Spread(double min, double median, double max) {}

  /** For a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Table table : tables) {
      TextTable out =
          new TextTable(
              table.about(),
              operation + "s/s",
              "ns min",
              "median",
              "max",
              "x reference min",
              "median",
              "max",
              "bytes/" + operation);
      for (Row row : table.rows()) {
        out.row(
            row.name(),
            String.format(Locale.ROOT, "%,.0f", 1e9 / row.nanos().median()),
            figure(row.nanos().min()),
            figure(row.nanos().median()),
            figure(row.nanos().max()),
            ratio(row.times().min()),
            ratio(row.times().median()),
            ratio(row.times().max()),
            String.format(Locale.ROOT, "%.1f", row.bytes()));
      }
      text.append(text.isEmpty() ? "" : "\n").append(out);
    }
    if (!figures.isEmpty()) {
      TextTable out = new TextTable("once", "value", "unit");
      for (Figure figure : figures) {
        out.row(figure.name(), String.format(Locale.ROOT, "%,.0f", figure.value()), figure.unit());
      }
      text.append("\n").append(out);
    }
    return text.toString();
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
