package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of unsigned numbers of 128 bits, each with the place of what it stands for; frozen when
 * first asked, and from then on sorted so that the question is a binary search.
 */
final class Ranges {
  /** One range, both ends within; {@code place} is its number in order of adding. */
  record Range(long firstHigh, long firstLow, long lastHigh, long lastLow, int place) {
    boolean contains(long high, long low) {
      return compare(high, low, firstHigh, firstLow) >= 0
          && compare(high, low, lastHigh, lastLow) <= 0;
    }

    boolean meets(Range other) {
      return compare(firstHigh, firstLow, other.lastHigh, other.lastLow) <= 0
          && compare(other.firstHigh, other.firstLow, lastHigh, lastLow) <= 0;
    }

    boolean single() {
      return firstHigh == lastHigh && firstLow == lastLow;
    }
  }

  private final List<Range> ranges = new ArrayList<>();
  private long[] sorted = {};
  private int[] places = {};
  private boolean frozen;

  static Ranges of(long high, long low) {
    return of(high, low, high, low);
  }

  static Ranges of(long firstHigh, long firstLow, long lastHigh, long lastLow) {
    Ranges ranges = new Ranges();
    ranges.add(new Range(firstHigh, firstLow, lastHigh, lastLow, 0));
    return ranges;
  }

  static int compare(long high, long low, long otherHigh, long otherLow) {
    int byHigh = Long.compareUnsigned(high, otherHigh);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
  }

  void add(Range range) {
    ranges.add(range);
    frozen = false;
  }

  void clear() {
    ranges.clear();
    frozen = false;
  }

  List<Range> all() {
    return ranges;
  }

  boolean contains(long high, long low) {
    return place(high, low) >= 0;
  }

  /** The place of the range that holds the number, or -1. */
  int place(long high, long low) {
    if (!frozen) {
      freeze();
    }
    int from = 0;
    int to = places.length - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      int at = middle * 4;
      if (compare(high, low, sorted[at], sorted[at + 1]) < 0) {
        to = middle - 1;
      } else if (compare(high, low, sorted[at + 2], sorted[at + 3]) > 0) {
        from = middle + 1;
      } else {
        return places[middle];
      }
    }
    return -1;
  }

  /** Sorts; ranges that overlap are joined, the place of the first stays. */
  void freeze() {
    List<Range> order = new ArrayList<>(ranges);
    order.sort((a, b) -> compare(a.firstHigh, a.firstLow, b.firstHigh, b.firstLow));
    List<Range> joined = new ArrayList<>();
    for (Range range : order) {
      Range last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && last.meets(range)) {
        boolean longer = compare(range.lastHigh, range.lastLow, last.lastHigh, last.lastLow) > 0;
        if (longer) {
          joined.set(
              joined.size() - 1,
              new Range(last.firstHigh, last.firstLow, range.lastHigh, range.lastLow, last.place));
        }
      } else {
        joined.add(range);
      }
    }
    sorted = new long[joined.size() * 4];
    places = new int[joined.size()];
    for (int i = 0; i < places.length; i++) {
      Range range = joined.get(i);
      sorted[i * 4] = range.firstHigh;
      sorted[i * 4 + 1] = range.firstLow;
      sorted[i * 4 + 2] = range.lastHigh;
      sorted[i * 4 + 3] = range.lastLow;
      places[i] = range.place;
    }
    frozen = true;
  }
}
