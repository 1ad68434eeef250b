package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.lab.file.LabFile;

/**
 * Guests with their addresses, bridges, links with what they do to frames, and above or below them
 * who protects what for whom.
 */
final class TopologyPicture {
  private static final double LETTER = 6.7;
  private static final int LINE = 15;
  private static final int LONGEST = 34;
  private static final int GAP = 26;
  private static final int ARC = 34;

  private record Box(
      String name, List<String> lines, boolean bridge, double x, double y, double w) {
    double h() {
      return bridge ? 26 : 26 + LINE * lines.size();
    }

    double middle() {
      return y + h() / 2;
    }

    double centre() {
      return x + w / 2;
    }
  }

  private final LabFile file;
  private final List<LabFile.Protection> protections;
  private final Map<String, Box> boxes = new LinkedHashMap<>();
  private double width;
  private double height;

  TopologyPicture(LabFile file, List<LabFile.Protection> protections) {
    this.file = file;
    this.protections = protections;
    place();
  }

  private void place() {
    List<List<String>> columns = Placement.of(file);
    double top = 8 + ARC * protections.size();
    double tallest = 0;
    for (List<String> column : columns) {
      tallest = Math.max(tallest, tall(column));
    }
    double x = 8;
    for (int i = 0; i < columns.size(); i++) {
      double wide = 0;
      for (String name : columns.get(i)) {
        wide = Math.max(wide, wide(name, lines(name)));
      }
      double y = top + (tallest - tall(columns.get(i))) / 2;
      for (String name : columns.get(i)) {
        boolean bridge = file.bridges().contains(name);
        Box box = new Box(name, lines(name), bridge, x, y, wide);
        boxes.put(name, box);
        y += box.h() + GAP;
      }
      x += wide + (i + 1 < columns.size() ? gap(columns.get(i), columns.get(i + 1)) : 8);
    }
    width = Math.max(x, 8 + widestArc());
    height = top + tallest + 8;
  }

  private double widestArc() {
    return protections.stream().mapToDouble(p -> words(p).length() * LETTER + 40).max().orElse(0);
  }

  private double tall(List<String> column) {
    double sum = -GAP;
    for (String name : column) {
      sum += (file.bridges().contains(name) ? 26 : 26 + LINE * lines(name).size()) + GAP;
    }
    return sum;
  }

  private double gap(List<String> left, List<String> right) {
    int longest = 0;
    for (LabFile.Link link : file.links()) {
      if ((left.contains(link.a().node()) && right.contains(link.b().node()))
          || (left.contains(link.b().node()) && right.contains(link.a().node()))) {
        for (String line : LabWords.impairments(link.impairments())) {
          longest = Math.max(longest, line.length());
        }
      }
    }
    return Math.max(110, longest * LETTER + 40);
  }

  private static double wide(String name, List<String> lines) {
    int longest = name.length() + 2;
    for (String line : lines) {
      longest = Math.max(longest, Math.min(LONGEST, line.length()));
    }
    return 20 + Math.min(LONGEST, longest) * LETTER;
  }

  private List<String> lines(String name) {
    LabFile.Guest guest = file.guests().get(name);
    List<String> lines = new ArrayList<>();
    if (guest == null) {
      return lines;
    }
    for (LabFile.Nic nic : guest.nics()) {
      nic.addresses().forEach(address -> lines.add(nic.name() + " " + address));
    }
    if (guest.forward()) {
      lines.add("forwards");
    }
    if (guest.kernel() != LabFile.Kernel.EXACT) {
      lines.add(
          "timers of "
              + guest
                  .kernel()
                  .name()
                  .toLowerCase(java.util.Locale.ROOT)
                  .replaceFirst("_", " ")
                  .replace('_', '.'));
    }
    if (guest.label() != null) {
      lines.add(guest.label());
    }
    return lines;
  }

  void draw(Markup page) {
    page.open(
        "svg",
        "class",
        "topology",
        "viewBox",
        "0 0 " + Curve.px(width) + " " + Curve.px(height),
        "style",
        "max-width:" + Curve.px(width * 1.15) + "px",
        "role",
        "img");
    page.leaf("title", "The lab " + file.name());
    page.leaf("desc", description());
    file.links().forEach(link -> link(page, link));
    int arc = 0;
    for (LabFile.Protection protection : protections) {
      protection(page, protection, arc++);
    }
    boxes.values().forEach(box -> box(page, box));
    page.close();
  }

  private String description() {
    StringBuilder words = new StringBuilder();
    for (LabFile.Link link : file.links()) {
      words.append(link.label()).append(": ");
      words.append(String.join(", ", LabWords.impairments(link.impairments()))).append(". ");
    }
    protections.forEach(p -> words.append(words(p)).append(". "));
    return words.toString().strip();
  }

  private static String words(LabFile.Protection protection) {
    return protection.from()
        + (protection.oneWay() ? " \u2192 " : " \u21c4 ")
        + protection.to()
        + ": "
        + LabWords.protection(protection);
  }

  private void box(Markup page, Box box) {
    page.open("g", "class", box.bridge() ? "node bridge" : "node");
    page.empty(
        "rect",
        "x",
        Curve.px(box.x()),
        "y",
        Curve.px(box.y()),
        "width",
        Curve.px(box.w()),
        "height",
        Curve.px(box.h()),
        "rx",
        box.bridge() ? "13" : "5");
    String x = Curve.px(box.centre());
    line(page, shorten(box.name()), box.name(), x, box.y() + 18, "name");
    double y = box.y() + 18 + LINE;
    for (String line : box.lines()) {
      line(page, shorten(line), line, x, y, "small");
      y += LINE;
    }
    page.close();
  }

  private static void line(Markup page, String text, String whole, String x, double y, String css) {
    page.open("text", "class", css, "x", x, "y", Curve.px(y), "text-anchor", "middle");
    page.text(text);
    if (!text.equals(whole)) {
      page.leaf("title", whole);
    }
    page.close();
  }

  private static String shorten(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "\u2026";
  }

  @SuppressWarnings("ReferenceEquality") // the same box, not an equal one
  private void link(Markup page, LabFile.Link link) {
    Box a = boxes.get(link.a().node());
    Box b = boxes.get(link.b().node());
    if (a == null || b == null) {
      return;
    }
    boolean forward = a.x() <= b.x();
    Box left = forward ? a : b;
    Box right = forward ? b : a;
    boolean same = left.x() == right.x();
    double x1 = same ? left.centre() : left.x() + left.w();
    double x2 = same ? right.centre() : right.x();
    String css = link.impairments().down() ? "link down" : "link";
    page.empty("path", "class", css, "d", path(x1, left.middle(), x2, right.middle()));
    double x = (x1 + x2) / 2 + (same ? 8 : 0);
    List<String> words = LabWords.impairments(link.impairments());
    double y = (left.middle() + right.middle()) / 2 - 6 - LINE * (words.size() - 1);
    for (String word : words) {
      page.leaf(
          "text",
          word,
          "class",
          "small halo",
          "x",
          Curve.px(x),
          "y",
          Curve.px(y),
          "text-anchor",
          same ? "start" : "middle");
      y += LINE;
    }
  }

  private static String path(double x1, double y1, double x2, double y2) {
    return "M" + Curve.px(x1) + " " + Curve.px(y1) + "L" + Curve.px(x2) + " " + Curve.px(y2);
  }

  /** A dashed bracket above the boxes, each protection at a height of its own. */
  private void protection(Markup page, LabFile.Protection protection, int number) {
    Box from = boxes.get(protection.from());
    Box to = boxes.get(protection.to());
    if (from == null || to == null) {
      return;
    }
    // the higher bracket is the wider one, so that none crosses another
    double side = ((protections.size() - 1) / 2.0 - number) * 12;
    double y = 22 + number * ARC;
    double x1 = from.centre() + (from.x() < to.x() ? -side : side);
    double x2 = to.centre() + (from.x() < to.x() ? side : -side);
    page.open("g", "class", "protect");
    page.empty(
        "path",
        "d",
        "M"
            + Curve.px(x1)
            + " "
            + Curve.px(from.y())
            + "V"
            + Curve.px(y)
            + "H"
            + Curve.px(x2)
            + "V"
            + Curve.px(to.y() - 1));
    head(page, x2, to.y());
    if (!protection.oneWay()) {
      head(page, x1, from.y());
    }
    double half = words(protection).length() * LETTER / 2;
    double x = Math.max(8 + half, Math.min(width - 8 - half, (x1 + x2) / 2));
    page.leaf(
        "text",
        words(protection),
        "class",
        "small halo",
        "x",
        Curve.px(x),
        "y",
        Curve.px(y - 6),
        "text-anchor",
        "middle");
    page.close();
  }

  private static void head(Markup page, double x, double y) {
    page.empty(
        "path", "class", "head", "d", "M" + Curve.px(x - 4) + " " + Curve.px(y - 8) + "h8l-4 8z");
  }
}
