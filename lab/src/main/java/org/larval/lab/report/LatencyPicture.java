package org.larval.lab.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.larval.lab.report.FlowGroup.Entry;

/**
 * How long messages took: for each latency, the share of all offered messages that had arrived by
 * then. A policy that loses messages never reaches the top. Thin lines are the other policies.
 */
final class LatencyPicture {
  static final double WIDTH = 260;
  private static final int HEIGHT = 84;
  private static final int TOP = 5;
  private static final int BASE = 79;

  private final Axis axis;
  private final String ghosts;
  private final boolean several;

  /** Shares the axis among the runs of one group. */
  LatencyPicture(List<Entry> entries, String id) {
    long least = Long.MAX_VALUE;
    long most = 0;
    for (Entry entry : entries) {
      long[] latencies = entry.account().latencies();
      if (latencies.length > 0) {
        least = Math.min(least, latencies[0]);
        most = Math.max(most, latencies[latencies.length - 1]);
      }
    }
    axis = Axis.decades(least == Long.MAX_VALUE ? 1_000_000 : least, most, WIDTH);
    ghosts = "latencies-" + id;
    several = entries.size() > 1;
  }

  Axis axis() {
    return axis;
  }

  /** The lines that every row of the group shows thinly. */
  void drawGhosts(Markup page, List<Entry> entries) {
    Set<String> lines = new LinkedHashSet<>();
    entries.forEach(entry -> lines.add(line(entry)));
    page.open("svg", "class", "shared", "width", "0", "height", "0", "aria-hidden", "true");
    page.open("defs").open("g", "id", ghosts);
    lines.forEach(line -> page.empty("path", "d", line));
    page.close().close().close();
  }

  void draw(Markup page, Entry entry) {
    FlowReport report = entry.report();
    String median = FlowCells.ms(report.latencyMedianMs());
    String most = FlowCells.ms(report.latencyMaxMs());
    page.open(
        "svg", "class", "latency", "viewBox", "0 0 " + (int) WIDTH + " " + HEIGHT, "role", "img");
    page.leaf("title", entry.preset() + ": median latency " + median + ", greatest " + most);
    page.empty("path", "class", "grid", "d", axis.grid(TOP, BASE));
    page.empty("path", "class", "base", "d", "M0 " + TOP + "H260M0 " + BASE + "H260");
    if (report.delivered() == 0) {
      page.leaf(
          "text",
          "nothing arrived",
          "class",
          "none",
          "x",
          "130",
          "y",
          "46",
          "text-anchor",
          "middle");
    } else {
      if (several) {
        page.empty("use", "href", "#" + ghosts, "class", "ghosts");
      }
      page.empty("path", "class", "latency-line", "d", line(entry));
    }
    page.close();
  }

  private String line(Entry entry) {
    long[] latencies = entry.account().latencies();
    int offered = Math.max(1, entry.account().offered());
    Curve curve = new Curve().to(0, BASE);
    for (int i = 0; i < latencies.length; i++) {
      curve.stepTo(axis.x(latencies[i]), BASE - (BASE - TOP) * ((i + 1) / (double) offered));
    }
    double end = BASE - (BASE - TOP) * (latencies.length / (double) offered);
    return curve.stepTo(WIDTH, end).path();
  }
}
