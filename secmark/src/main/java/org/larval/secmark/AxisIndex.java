package org.larval.secmark;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rules by the ranges that they demand on one axis: the numbers are cut into stretches at every end
 * of a range, and each stretch knows its rules.
 */
final class AxisIndex {
  /** The most rule numbers that all stretches together may hold. */
  private static final int MAX_ENTRIES = 1 << 20;

  private static final int[] NO_RULES = {-1};

  /** The first number of a stretch. */
  private record Cut(long high, long low) implements Comparable<Cut> {
    @Override
    public int compareTo(Cut other) {
      return Ranges.compare(high, low, other.high, other.low);
    }
  }

  private final Axis axis;

  /** The first number of each stretch, two words each. */
  private final long[] cuts;

  /** The numbers of the rules of each stretch, rising, and -1. */
  private final int[][] stretches;

  private AxisIndex(Axis axis, long[] cuts, int[][] stretches) {
    this.axis = axis;
    this.cuts = cuts;
    this.stretches = stretches;
  }

  /**
   * An index over some rules.
   *
   * @param demanded what each rule demands on the axis, null for rules that stay out of it
   * @return null if it would be too large
   */
  static @Nullable AxisIndex of(Axis axis, List<@Nullable List<Ranges.Range>> demanded) {
    AxisIndex index = new AxisIndex(axis, cuts(demanded), new int[0][]);
    int count = index.cuts.length / 2;
    int[] sizes = new int[count];
    long entries = 0;
    for (List<Ranges.Range> ranges : demanded) {
      if (ranges != null) {
        for (Ranges.Range range : ranges) {
          int last = index.stretch(range.lastHigh(), range.lastLow());
          int first = index.stretch(range.firstHigh(), range.firstLow());
          entries += last - first + 1;
          if (entries > MAX_ENTRIES) {
            return null;
          }
          for (int i = first; i <= last; i++) {
            sizes[i]++;
          }
        }
      }
    }
    return new AxisIndex(axis, index.cuts, index.fill(demanded, sizes));
  }

  private static long[] cuts(List<@Nullable List<Ranges.Range>> demanded) {
    TreeSet<Cut> set = new TreeSet<>();
    set.add(new Cut(0, 0));
    for (List<Ranges.Range> ranges : demanded) {
      if (ranges != null) {
        for (Ranges.Range range : ranges) {
          set.add(new Cut(range.firstHigh(), range.firstLow()));
          long low = range.lastLow() + 1;
          long high = range.lastHigh() + (low == 0 ? 1 : 0);
          if (high != 0 || low != 0) {
            set.add(new Cut(high, low));
          }
        }
      }
    }
    long[] words = new long[set.size() * 2];
    int at = 0;
    for (Cut cut : set) {
      words[at++] = cut.high;
      words[at++] = cut.low;
    }
    return words;
  }

  /** The ranges of one rule may overlap: then it stands in a stretch once all the same. */
  private int[][] fill(List<@Nullable List<Ranges.Range>> demanded, int[] sizes) {
    int[][] filled = new int[sizes.length][];
    int[] used = new int[sizes.length];
    for (int rule = 0; rule < demanded.size(); rule++) {
      List<Ranges.Range> ranges = demanded.get(rule);
      if (ranges == null) {
        continue;
      }
      for (Ranges.Range range : ranges) {
        int last = stretch(range.lastHigh(), range.lastLow());
        for (int i = stretch(range.firstHigh(), range.firstLow()); i <= last; i++) {
          int[] rules = filled[i] == null ? new int[sizes[i] + 1] : filled[i];
          filled[i] = rules;
          if (used[i] == 0 || rules[used[i] - 1] != rule) {
            rules[used[i]++] = rule;
          }
        }
      }
    }
    for (int i = 0; i < filled.length; i++) {
      if (used[i] == 0) {
        filled[i] = NO_RULES;
      } else {
        filled[i] = Arrays.copyOf(filled[i], used[i] + 1);
        filled[i][used[i]] = -1;
      }
    }
    return filled;
  }

  /** The stretch that a number lies in. */
  private int stretch(long high, long low) {
    int from = 0;
    int to = cuts.length / 2 - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      if (Ranges.compare(high, low, cuts[middle * 2], cuts[middle * 2 + 1]) < 0) {
        to = middle - 1;
      } else {
        from = middle;
      }
    }
    return from;
  }

  /** How many rules a packet meets at worst that stands within the ranges. */
  int crowd(List<Ranges.Range> ranges) {
    int most = 0;
    for (Ranges.Range range : ranges) {
      int last = stretch(range.lastHigh(), range.lastLow());
      for (int i = stretch(range.firstHigh(), range.firstLow()); i <= last; i++) {
        most = Math.max(most, stretches[i].length - 1);
      }
    }
    return most;
  }

  /** The numbers of the rules that demand where a packet stands, rising, and -1. */
  int[] rules(PacketFields packet) {
    return axis.load(packet) ? stretches[stretch(packet.high, packet.low)] : NO_RULES;
  }
}
