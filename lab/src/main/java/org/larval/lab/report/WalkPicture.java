package org.larval.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.larval.lab.report.Walk.WalkStep;
import org.larval.packet.StepAction;

/**
 * One packet's walk as a drawing: a lane for each guest, time downwards, a mark for each step in
 * the lane of its place, a line from lane to lane where a link was crossed.
 */
final class WalkPicture {
  private static final int LANE = 90;
  private static final int ROW = 22;
  private static final int TOP = 34;
  private static final int LEFT = 84;
  private static final int CHARACTERS = 110;

  private final List<WalkStep> steps;
  private final List<String> lanes;

  WalkPicture(List<WalkStep> steps) {
    this.steps = steps;
    Set<String> guests = new LinkedHashSet<>();
    for (WalkStep step : steps) {
      if (isGuest(step.place())) {
        guests.add(guest(step.place()));
      }
    }
    lanes = new ArrayList<>(guests);
  }

  /** Links and bridges lie between lanes. */
  private static boolean isGuest(String place) {
    return place.indexOf('>') < 0;
  }

  private static String guest(String place) {
    int dot = place.indexOf('.');
    return dot < 0 ? place : place.substring(0, dot);
  }

  private int lane(int number) {
    return LEFT + LANE / 2 + number * LANE;
  }

  void draw(Markup page) {
    int text = LEFT + lanes.size() * LANE + 10;
    int width = text + 7 * CHARACTERS;
    int height = TOP + steps.size() * ROW + 10;
    page.open("svg", "viewBox", "0 0 " + width + " " + height, "role", "img", "class", "walk");
    page.leaf("title", "The walk of one packet");
    for (int i = 0; i < lanes.size(); i++) {
      String x = "" + lane(i);
      page.leaf("text", lanes.get(i), "x", x, "y", "16", "class", "place");
      page.empty(
          "line", "x1", x, "x2", x, "y1", "" + (TOP - 8), "y2", "" + (height - 6), "class", "lane");
    }
    int at = -1;
    for (int i = 0; i < steps.size(); i++) {
      at = step(page, steps.get(i), TOP + i * ROW, at, text);
    }
    page.close().line();
  }

  /** Draws a step; gives the lane that the packet is in after it. */
  private int step(Markup page, WalkStep step, int y, int before, int text) {
    int here = isGuest(step.place()) ? lanes.indexOf(guest(step.place())) : before;
    String kind = kind(step.action());
    if (before >= 0 && here != before) {
      page.empty(
          "line",
          "x1",
          "" + lane(before),
          "x2",
          "" + lane(here),
          "y1",
          "" + (y - ROW),
          "y2",
          "" + y,
          "class",
          "hop");
    }
    page.leaf(
        "text",
        String.format(Locale.ROOT, "%.3f ms", step.atMs()),
        "x",
        "2",
        "y",
        "" + (y + 4),
        "class",
        "at");
    if (isGuest(step.place())) {
      String radius = kind.isEmpty() ? "3" : "6";
      page.empty(
          "circle", "cx", "" + lane(here), "cy", "" + y, "r", radius, "class", "dot " + kind);
    }
    String words = (step.action() + " " + step.detail()).strip();
    boolean tooLong = words.length() > CHARACTERS;
    page.open("text", "x", "" + text, "y", "" + (y + 4), "class", kind);
    page.leaf("title", step.place() + ": " + words);
    page.text(tooLong ? words.substring(0, CHARACTERS - 1) + "\u2026" : words).close().line();
    return here;
  }

  /** What matters about a step: a class of the style sheet. */
  private static String kind(String verb) {
    for (StepAction action : StepAction.values()) {
      if (action.verb().equals(verb)) {
        return switch (action) {
          case DENIED, DROPPED, REFUSED, LEAKED -> "bad";
          case ALLOWED, DELIVERED, POLICY_SATISFIED -> "good";
          case LABELLED, MARKED -> "label";
          case POLICY_MATCHED, SA_CHOSEN, PROTECTED, OPENED -> "sa";
          case POLICY_SKIPPED, SA_SKIPPED, SA_MISSING, NO_POLICY -> "skipped";
          default -> "";
        };
      }
    }
    return "";
  }
}
