package org.larval.lab.report;

import java.util.Arrays;
import java.util.List;
import org.larval.lab.report.FlowGroup.Entry;
import org.larval.lab.run.FlowAccount;

/**
 * What one flow's messages met: above, how many were offered and how many had arrived by then;
 * below, a tick for each message at the time when it was offered. Neighbours with one fate become
 * one bar, so that thousands cost no more than the changes among them.
 */
final class DeliveryPicture {
  static final double WIDTH = 560;
  private static final int HEIGHT = 84;
  private static final int CURVE_TOP = 5;
  private static final int CURVE_BASE = 48;
  private static final int MIDDLE = 67;

  /** Ticks closer than this with one fate become one bar. */
  private static final double JOIN = 2.6;

  private final Axis axis;
  private final int most;

  /** Shares both axes among the runs of one group. */
  DeliveryPicture(List<Entry> entries) {
    long end = 0;
    int offered = 1;
    for (Entry entry : entries) {
      FlowAccount flow = entry.account();
      offered = Math.max(offered, flow.offered());
      for (int i = 0; i < flow.offered(); i++) {
        end = Math.max(end, flow.offeredAt(i) + Math.max(0, flow.latency(i)));
      }
    }
    axis = Axis.linear(end, WIDTH);
    most = offered;
  }

  Axis axis() {
    return axis;
  }

  void draw(Markup page, Entry entry) {
    FlowAccount flow = entry.account();
    FlowReport report = entry.report();
    page.open(
        "svg", "class", "delivery", "viewBox", "0 0 " + (int) WIDTH + " " + HEIGHT, "role", "img");
    page.leaf("title", entry.preset() + ": " + summary(report));
    page.empty("path", "class", "grid", "d", axis.grid(CURVE_TOP, HEIGHT));
    page.empty("path", "class", "base", "d", "M0 " + CURVE_BASE + "H" + (int) WIDTH);
    installs(page, entry);
    curves(page, flow);
    strip(page, flow);
    page.empty("path", "class", "base", "d", "M0 " + MIDDLE + "H" + (int) WIDTH);
    page.close();
  }

  private static String summary(FlowReport report) {
    return report.delivered()
        + " of "
        + report.offered()
        + " messages delivered, "
        + report.late()
        + " of them late; lost "
        + FlowCells.lost(report)
        + "; refused "
        + FlowCells.refused(report)
        + (report.leakedInClear() > 0 ? "; LEAKED IN CLEAR " + report.leakedInClear() : "");
  }

  private void installs(Markup page, Entry entry) {
    StringBuilder path = new StringBuilder();
    String before = "";
    for (long install : entry.run().installs()) {
      String x = Curve.px(axis.x(install));
      if (install <= axis.most() && !x.equals(before)) {
        path.append('M').append(x).append(" 0V").append(HEIGHT);
        before = x;
      }
    }
    if (!path.isEmpty()) {
      page.empty("path", "class", "install", "d", path.toString());
    }
  }

  private void curves(Markup page, FlowAccount flow) {
    long[] offered = new long[flow.offered()];
    long[] arrived = new long[flow.offered()];
    int arrivals = 0;
    for (int i = 0; i < offered.length; i++) {
      offered[i] = flow.offeredAt(i);
      if (flow.fate(i) == FlowAccount.Fate.DELIVERED) {
        arrived[arrivals++] = flow.offeredAt(i) + flow.latency(i);
      }
    }
    Arrays.sort(offered);
    Arrays.sort(arrived, 0, arrivals);
    Curve delivered = count(arrived, arrivals);
    page.empty("path", "class", "delivered-area", "d", delivered.area(CURVE_BASE));
    page.empty("path", "class", "offered-line", "d", count(offered, offered.length).path());
    page.empty("path", "class", "delivered-line", "d", delivered.path());
  }

  private Curve count(long[] moments, int size) {
    Curve curve = new Curve().to(0, CURVE_BASE);
    for (int i = 0; i < size; i++) {
      curve.stepTo(axis.x(moments[i]), height(i + 1));
    }
    return curve.stepTo(WIDTH, height(size));
  }

  private double height(int count) {
    return CURVE_BASE - (CURVE_BASE - CURVE_TOP) * (count / (double) most);
  }

  private void strip(Markup page, FlowAccount flow) {
    FateMark[] marks = FateMark.of(flow);
    double tick = Math.min(4, Math.max(1, WIDTH / most * 0.4));
    for (FateMark mark : FateMark.values()) {
      StringBuilder ticks = new StringBuilder();
      StringBuilder flags = new StringBuilder();
      for (int i = 0; i < marks.length; i++) {
        if (has(flow, marks, i, mark)) {
          double from = axis.x(flow.offeredAt(i));
          double to = from;
          while (i + 1 < marks.length
              && has(flow, marks, i + 1, mark)
              && Math.abs(axis.x(flow.offeredAt(i + 1)) - to) <= JOIN) {
            to = axis.x(flow.offeredAt(++i));
          }
          double width = Math.max(tick, to - from + tick);
          double left = Math.min(from - tick / 2, WIDTH - width);
          bar(ticks, Math.max(0, left), MIDDLE + mark.top(), width, mark.height());
          if (mark == FateMark.LEAKED) {
            double x = Math.min(WIDTH - 6, Math.max(6, from));
            flags.append('M').append(Curve.px(x - 6)).append(" 43h12l-6 9z");
          }
        }
      }
      if (!ticks.isEmpty()) {
        page.open("path", "class", mark.css(), "d", ticks.append(flags).toString());
        page.leaf("title", mark.label() + ": " + mark.sentence());
        page.close();
      }
    }
  }

  private static boolean has(FlowAccount flow, FateMark[] marks, int i, FateMark mark) {
    return mark == FateMark.LEAKED ? flow.leaked(i) : marks[i] == mark;
  }

  /** Adds a filled rectangle to a path. */
  static void bar(StringBuilder path, double x, double y, double width, double height) {
    path.append('M').append(Curve.px(x)).append(' ').append(Curve.px(y));
    path.append('h').append(Curve.px(width)).append('v').append(Curve.px(height));
    path.append('h').append(Curve.px(-width)).append('z');
  }
}
