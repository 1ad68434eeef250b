package org.larval.lab.report;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * A line in a picture that needs few bytes: of every pixel column only where it enters and leaves,
 * and of those points only the ones that the eye would miss.
 */
final class Curve {
  private static final double TOLERANCE = 0.35;

  private double[] xs = new double[64];
  private double[] ys = new double[64];
  private int size;

  /** Goes straight to a point. */
  Curve to(double x, double y) {
    if (size >= 2 && xs[size - 1] == x && xs[size - 2] == x) {
      ys[size - 1] = y;
      return this;
    }
    if (size == xs.length) {
      xs = Arrays.copyOf(xs, size * 2);
      ys = Arrays.copyOf(ys, size * 2);
    }
    xs[size] = x;
    ys[size++] = y;
    return this;
  }

  /** Goes right at the height it has, then up or down; x moves in half pixels. */
  Curve stepTo(double x, double y) {
    double column = Math.round(x * 2) / 2.0;
    return to(column, size == 0 ? y : ys[size - 1]).to(column, y);
  }

  /** The path, or an empty text. */
  String path() {
    return path(-1);
  }

  /** The path closed along a base line, to be filled. */
  String area(double base) {
    return size == 0 ? "" : path(base);
  }

  private String path(double base) {
    boolean[] kept = simplified();
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < size; i++) {
      if (kept[i]) {
        path.append(
            path.isEmpty() ? base >= 0 ? "M" + px(xs[0]) + " " + px(base) + "L" : "M" : "L");
        path.append(px(xs[i])).append(' ').append(px(ys[i]));
      }
    }
    if (base >= 0 && size > 0) {
      path.append('V').append(px(base)).append('z');
    }
    return path.toString();
  }

  /** Ramer, Douglas and Peucker's choice of points. */
  private boolean[] simplified() {
    boolean[] kept = new boolean[size];
    if (size == 0) {
      return kept;
    }
    kept[0] = true;
    kept[size - 1] = true;
    Deque<int[]> spans = new ArrayDeque<>();
    spans.push(new int[] {0, size - 1});
    while (!spans.isEmpty()) {
      int[] span = spans.pop();
      int farthest = -1;
      double most = TOLERANCE;
      for (int i = span[0] + 1; i < span[1]; i++) {
        double distance = distance(i, span[0], span[1]);
        if (distance > most) {
          most = distance;
          farthest = i;
        }
      }
      if (farthest >= 0) {
        kept[farthest] = true;
        spans.push(new int[] {span[0], farthest});
        spans.push(new int[] {farthest, span[1]});
      }
    }
    return kept;
  }

  private double distance(int i, int a, int b) {
    double dx = xs[b] - xs[a];
    double dy = ys[b] - ys[a];
    double length = Math.hypot(dx, dy);
    return length == 0
        ? Math.hypot(xs[i] - xs[a], ys[i] - ys[a])
        : Math.abs(dy * (xs[i] - xs[a]) - dx * (ys[i] - ys[a])) / length;
  }

  /** A coordinate with at most one decimal. */
  static String px(double value) {
    long tenths = Math.round(value * 10);
    String sign = tenths < 0 ? "-" : "";
    long size = Math.abs(tenths);
    return sign + size / 10 + (size % 10 == 0 ? "" : "." + size % 10);
  }
}
