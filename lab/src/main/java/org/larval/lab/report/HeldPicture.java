package org.larval.lab.report;

import java.util.List;
import org.larval.lab.file.Units;
import org.larval.lab.report.FlowGroup.Entry;
import org.larval.lab.run.HeldSeries;

/** How many packets stood in hold queues over time, in a whole run. */
final class HeldPicture {
  private static final int HEIGHT = 84;
  private static final int TOP = 18;
  private static final int BASE = 79;

  private final Axis axis;
  private final int most;
  private final double width;

  /** Shares both axes among runs. */
  HeldPicture(List<Entry> entries, double width) {
    long end = 0;
    int highest = 0;
    for (Entry entry : entries) {
      HeldSeries held = entry.run().held();
      if (held.size() > 0) {
        end = Math.max(end, held.time(held.size() - 1));
      }
      highest = Math.max(highest, peak(held));
    }
    axis = Axis.linear(end + end / 20, width);
    most = highest;
    this.width = width;
  }

  /** Whether any run held anything. */
  static boolean any(List<Entry> entries) {
    return entries.stream().anyMatch(entry -> entry.run().held().size() > 0);
  }

  private static int peak(HeldSeries held) {
    int peak = 0;
    for (int i = 0; i < held.size(); i++) {
      peak = Math.max(peak, held.held(i));
    }
    return peak;
  }

  Axis axis() {
    return axis;
  }

  void draw(Markup page, Entry entry) {
    HeldSeries held = entry.run().held();
    int peak = peak(held);
    String words = words(held, peak);
    page.open("svg", "class", "holding", "viewBox", "0 0 " + Curve.px(width) + " " + HEIGHT);
    page.leaf("title", entry.preset() + ": " + words);
    page.empty("path", "class", "grid", "d", axis.grid(TOP - 4, BASE));
    page.empty("path", "class", "base", "d", "M0 " + BASE + "H" + Curve.px(width));
    if (peak > 0) {
      Curve curve = new Curve().to(0, BASE);
      for (int i = 0; i < held.size(); i++) {
        curve.stepTo(axis.x(held.time(i)), BASE - (BASE - TOP) * (held.held(i) / (double) most));
      }
      int atEnd = held.held(held.size() - 1);
      curve.stepTo(width, BASE - (BASE - TOP) * (atEnd / (double) most));
      page.empty("path", "class", "held-area", "d", curve.area(BASE));
      page.empty("path", "class", "held-line", "d", curve.path());
    }
    page.leaf(
        "text", words, "class", "none", "x", Curve.px(width - 4), "y", "11", "text-anchor", "end");
    page.close();
  }

  private static String words(HeldSeries held, int peak) {
    if (peak == 0) {
      return "nothing held";
    }
    int last = held.size() - 1;
    return "at most "
        + peak
        + (held.held(last) == 0
            ? ", none after " + Units.printDuration(held.time(last) / 100_000 * 100_000)
            : ", " + held.held(last) + " at the end");
  }
}
