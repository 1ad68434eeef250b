package org.larval.lab.report;

import java.util.EnumMap;
import java.util.Map;
import org.larval.lab.run.FlowAccount;

/** All messages of a flow as one bar, divided by fate; a leak lies over it, hatched. */
final class FateBar {
  private static final double WIDTH = 110;
  private static final int HEIGHT = 14;

  private FateBar() {}

  static void draw(Markup page, FlowAccount flow) {
    Map<FateMark, Integer> counts = new EnumMap<>(FateMark.class);
    for (FateMark mark : FateMark.of(flow)) {
      counts.merge(mark, 1, Integer::sum);
    }
    StringBuilder words = new StringBuilder();
    counts.forEach(
        (mark, count) ->
            words
                .append(words.isEmpty() ? "" : ", ")
                .append(count)
                .append(' ')
                .append(mark.label()));
    page.open("svg", "class", "bar", "viewBox", "0 0 110 14", "role", "img");
    page.leaf("title", words.isEmpty() ? "nothing was offered" : words.toString());
    page.empty("path", "class", "frame", "d", "M0 13.5H110");
    double x = 0;
    for (Map.Entry<FateMark, Integer> entry : counts.entrySet()) {
      double width = WIDTH * entry.getValue() / flow.offered();
      StringBuilder path = new StringBuilder();
      boolean up = entry.getKey() == FateMark.AT_ONCE;
      boolean late = entry.getKey() == FateMark.LATE;
      double top = up ? 0 : late ? 4 : 7;
      DeliveryPicture.bar(path, x, top, width, HEIGHT - top);
      page.empty("path", "class", entry.getKey().css(), "d", path.toString());
      x += width;
    }
    if (flow.leaked() > 0) {
      StringBuilder path = new StringBuilder();
      double width = Math.max(8, WIDTH * flow.leaked() / flow.offered());
      for (double at = 0; at < width; at += 8) {
        path.append('M').append(Curve.px(at)).append(" 0h7l-3.5 8z");
      }
      page.empty("path", "class", "leaked", "d", path.toString());
    }
    page.close();
  }
}
