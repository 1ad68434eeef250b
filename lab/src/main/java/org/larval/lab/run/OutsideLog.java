package org.larval.lab.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened to guests outside, in words for people, with the time in seconds. */
final class OutsideLog {
  private static final int MOST = 10_000;
  private static final double SECOND = 1e9;

  private final List<String> lines = new ArrayList<>();

  /** On the lab's loop. */
  void note(long now, String guest, String what) {
    if (lines.size() < MOST) {
      lines.add(String.format(Locale.ROOT, "%.3f %s: %s", now / SECOND, guest, what));
    }
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
