package org.larval.lab.report;

import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.Units;

/**
 * Nanoseconds along the width of a picture.
 *
 * @param least at the left edge
 * @param most at the right edge
 * @param width of the picture
 * @param logarithmic by decades, or linear
 */
record Axis(long least, long most, double width, boolean logarithmic) {
  /** From 0 to a moment, at least a millisecond. */
  static Axis linear(long most, double width) {
    return new Axis(0, Math.max(most, 1_000_000), width, false);
  }

  /** Whole decades that hold both durations. */
  static Axis decades(long least, long most, double width) {
    long from = 1_000;
    while (from * 10 <= least) {
      from *= 10;
    }
    long to = from * 10;
    while (to < most) {
      to *= 10;
    }
    return new Axis(from, to, width, true);
  }

  /** Where a moment lies; what lies outside goes to the edge. */
  double x(long nanos) {
    double share =
        logarithmic
            ? Math.log((double) Math.max(nanos, least) / least) / Math.log((double) most / least)
            : (nanos - least) / (double) (most - least);
    // by decades, so that the least latency does not lie on the edge
    double inset = logarithmic ? 6 : 0;
    return inset + (width - 2 * inset) * Math.min(1, Math.max(0, share));
  }

  /** The moments that get a line and a label. */
  List<Long> ticks() {
    List<Long> ticks = new ArrayList<>();
    if (logarithmic) {
      for (long tick = least; tick <= most; tick *= 10) {
        ticks.add(tick);
      }
      return ticks;
    }
    int few = width > 300 ? 6 : 4;
    long step = 1;
    for (int i = 0; most / step > few; i++) {
      step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    }
    for (long tick = 0; tick <= most; tick += step) {
      ticks.add(tick);
    }
    return ticks;
  }

  /** Vertical lines at the ticks. */
  String grid(double top, double bottom) {
    StringBuilder path = new StringBuilder();
    for (long tick : ticks()) {
      path.append('M').append(Curve.px(x(tick))).append(' ').append(Curve.px(top));
      path.append('V').append(Curve.px(bottom));
    }
    return path.toString();
  }

  /** The labels, in a picture of their own below the rows. */
  void draw(Markup page, String what) {
    page.open(
        "svg",
        "class",
        "axis",
        "viewBox",
        "0 0 " + Curve.px(width) + " 30",
        "role",
        "img",
        "aria-label",
        what);
    double lastEnd = -100;
    for (long tick : ticks()) {
      String label = tick == 0 ? "0" : Units.printDuration(tick);
      double half = label.length() * 3.5;
      double x = Math.min(width - half, Math.max(half, x(tick)));
      if (x - half > lastEnd + 4) {
        page.leaf("text", label, "x", Curve.px(x), "y", "11", "text-anchor", "middle");
        lastEnd = x + half;
      }
    }
    page.leaf("text", what, "x", Curve.px(width / 2), "y", "26", "class", "what");
    page.close();
  }
}
