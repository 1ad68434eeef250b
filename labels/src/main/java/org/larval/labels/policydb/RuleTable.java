package org.larval.labels.policydb;

import java.util.Arrays;

/**
 * Rules in rows: one row for every class and source, in it the rules in the order of their targets,
 * each packed into a long. Each class has a bitmap of the sources that have a row, and the row's
 * number is the number of bits before the source's own: found in constant time, whatever the
 * policy's author may have in mind.
 */
final class RuleTable {
  /** Set in the kind of a rule whose payload is its number among the conditional ones. */
  static final int CONDITIONAL = 0x4000;

  private static final int TARGET_SHIFT = 47;

  /** By class: the first word of its bitmap, the words, and the number of rows before each word. */
  private final int[] bases;

  private final long[][] sources;
  private final int[][] ranks;
  private final int[] starts;
  private final long[] rules;

  private RuleTable(int[] bases, long[][] sources, int[][] ranks, int[] starts, long[] rules) {
    this.bases = bases;
    this.sources = sources;
    this.ranks = ranks;
    this.starts = starts;
    this.rules = rules;
  }

  static int target(long rule) {
    return (int) (rule >>> TARGET_SHIFT);
  }

  /** The code of a {@link RuleKind}, and {@link #CONDITIONAL} perhaps. */
  static int kind(long rule) {
    return (int) (rule >>> 32) & 0x7fff;
  }

  static int payload(long rule) {
    return (int) rule;
  }

  /** The rule at a place between {@link #start} and {@link #end} of a row. */
  long rule(int at) {
    return rules[at];
  }

  int size() {
    return rules.length;
  }

  /** The row of a class and source, or -1. */
  int row(int securityClass, int source) {
    long[] words = sources[securityClass];
    int word = (source >> 6) - bases[securityClass];
    if (word < 0 || word >= words.length) {
      return -1;
    }
    long bits = words[word];
    long bit = 1L << source;
    return (bits & bit) == 0 ? -1 : ranks[securityClass][word] + Long.bitCount(bits & (bit - 1));
  }

  int start(int row) {
    return starts[row];
  }

  int end(int row) {
    return starts[row + 1];
  }

  /** The first place from {@code from} on whose target is not below this one. */
  int search(int from, int end, int target) {
    int low = from;
    int high = end;
    while (low < high) {
      int middle = low + high >>> 1;
      if (target(rules[middle]) < target) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Class, source, target and kind, 16 bits each, of two rules that have no condition and agree in
   * all of these; 0 if there are none.
   */
  long duplicate() {
    for (int securityClass = 0; securityClass < sources.length; securityClass++) {
      int from = bases[securityClass] << 6;
      int to = from + (sources[securityClass].length << 6);
      for (int source = from; source < to; source++) {
        int row = row(securityClass, source);
        for (int i = row < 0 ? 0 : starts[row] + 1; row >= 0 && i < starts[row + 1]; i++) {
          long high = rules[i] >>> 32;
          if (high == rules[i - 1] >>> 32 && (high & CONDITIONAL) == 0) {
            return (long) securityClass << 48
                | (long) source << 32
                | (long) target(rules[i]) << 16
                | kind(rules[i]);
          }
        }
      }
    }
    return 0;
  }

  /** Takes rules with their class and source. */
  interface Visitor {
    void visit(int securityClass, int source, long rule);
  }

  void forEach(Visitor visitor) {
    for (int securityClass = 0; securityClass < sources.length; securityClass++) {
      int from = bases[securityClass] << 6;
      int to = from + (sources[securityClass].length << 6);
      for (int source = from; source < to; source++) {
        int row = row(securityClass, source);
        for (int i = row < 0 ? 0 : starts[row]; row >= 0 && i < starts[row + 1]; i++) {
          visitor.visit(securityClass, source, rules[i]);
        }
      }
    }
  }

  /** Collects rules for a table. */
  static final class Builder {
    private static final long[] NONE = new long[0];
    private static final int[] NO_RANKS = new int[0];

    private long[] keys;
    private int[] payloads;
    private int count;

    Builder(int expected) {
      keys = new long[expected];
      payloads = new int[expected];
    }

    void add(int securityClass, int source, int target, int kind, int payload) {
      if (count == keys.length) {
        int more = Math.max(16, count + (count >> 1));
        keys = Arrays.copyOf(keys, more);
        payloads = Arrays.copyOf(payloads, more);
      }
      keys[count] = (long) securityClass << 48 | (long) source << 32 | (long) target << 16 | kind;
      payloads[count++] = payload;
    }

    /**
     * The table, in time that grows with the number of rules only.
     *
     * @param classes the highest value of a class
     * @param in where the bitmaps are booked
     */
    RuleTable build(int classes, PolicyInput in) throws PolicyFileException {
      int[] bases = new int[classes + 1];
      long[][] sources = bitmaps(bases, in);
      int[][] ranks = new int[classes + 1][];
      int rows = 0;
      for (int securityClass = 0; securityClass <= classes; securityClass++) {
        long[] words = sources[securityClass];
        ranks[securityClass] = words.length == 0 ? NO_RANKS : new int[words.length];
        for (int word = 0; word < words.length; word++) {
          ranks[securityClass][word] = rows;
          rows += Long.bitCount(words[word]);
        }
      }
      RuleTable table = new RuleTable(bases, sources, ranks, new int[rows + 1], new long[count]);
      table.fill(keys, payloads);
      return table;
    }

    private long[][] bitmaps(int[] bases, PolicyInput in) throws PolicyFileException {
      int[] ends = new int[bases.length];
      for (int i = 0; i < count; i++) {
        int securityClass = securityClass(keys[i]);
        int word = source(keys[i]) >> 6;
        boolean first = ends[securityClass] == 0;
        bases[securityClass] = first ? word : Math.min(bases[securityClass], word);
        ends[securityClass] = Math.max(ends[securityClass], word + 1);
      }
      long[][] sources = new long[bases.length][];
      for (int securityClass = 0; securityClass < bases.length; securityClass++) {
        int words = ends[securityClass] - bases[securityClass];
        in.charge(words + words / 2, "the rules by class and source");
        sources[securityClass] = words == 0 ? NONE : new long[words];
      }
      for (int i = 0; i < count; i++) {
        int securityClass = securityClass(keys[i]);
        int source = source(keys[i]);
        sources[securityClass][(source >> 6) - bases[securityClass]] |= 1L << source;
      }
      return sources;
    }
  }

  private static int securityClass(long key) {
    return (int) (key >>> 48);
  }

  private static int source(long key) {
    return (int) (key >>> 32) & 0xffff;
  }

  /** Puts every rule into its row, and each row into order. */
  private void fill(long[] keys, int[] payloads) {
    int[] rowOf = new int[rules.length];
    for (int i = 0; i < rowOf.length; i++) {
      rowOf[i] = row(securityClass(keys[i]), source(keys[i]));
      starts[rowOf[i] + 1]++;
    }
    for (int row = 1; row < starts.length; row++) {
      starts[row] += starts[row - 1];
    }
    int[] next = starts.clone();
    for (int i = 0; i < rowOf.length; i++) {
      rules[next[rowOf[i]]++] =
          (keys[i] >>> 16 & 0xffff) << TARGET_SHIFT
              | (keys[i] & 0x7fff) << 32
              | payloads[i] & 0xffffffffL;
    }
    for (int row = 0; row + 1 < starts.length; row++) {
      Arrays.sort(rules, starts[row], starts[row + 1]);
    }
  }
}
