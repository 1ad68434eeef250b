package org.larval.labels.policydb;

import java.util.Arrays;

/**
 * Rules in rows: one row for every class and source, in it the rules in the order of their targets,
 * each packed into a long. A row is found by one probe into a hash table without objects, and then
 * either scanned or searched.
 */
final class RuleTable {
  /** Set in the kind of a rule whose payload is its number among the conditional ones. */
  static final int CONDITIONAL = 0x4000;

  private static final int TARGET_SHIFT = 47;

  private final int[] keys;
  private final int[] rows;
  private final int[] starts;
  private final long[] rules;

  private RuleTable(int[] keys, int[] rows, int[] starts, long[] rules) {
    this.keys = keys;
    this.rows = rows;
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
    int key = securityClass << 16 | source;
    int mask = keys.length - 1;
    for (int at = hash(key) & mask; ; at = at + 1 & mask) {
      int found = keys[at];
      if (found == key) {
        return rows[at];
      }
      if (found == 0) {
        return -1;
      }
    }
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
    for (int at = 0; at < keys.length; at++) {
      if (keys[at] != 0) {
        int row = rows[at];
        for (int i = starts[row] + 1; i < starts[row + 1]; i++) {
          long high = rules[i] >>> 32;
          if (high == rules[i - 1] >>> 32 && (high & CONDITIONAL) == 0) {
            return (long) keys[at] << 32 | (long) target(rules[i]) << 16 | kind(rules[i]);
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
    for (int at = 0; at < keys.length; at++) {
      if (keys[at] != 0) {
        int row = rows[at];
        for (int i = starts[row]; i < starts[row + 1]; i++) {
          visitor.visit(keys[at] >>> 16, keys[at] & 0xffff, rules[i]);
        }
      }
    }
  }

  private static int hash(int key) {
    int mixed = key * 0x9E3779B1;
    return mixed ^ mixed >>> 15;
  }

  /** Collects rules for a table. */
  static final class Builder {
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

    int count() {
      return count;
    }

    RuleTable build() {
      int[] slots = new int[tableSize(count)];
      int[] rowKeys = new int[Math.max(16, count >> 1)];
      int[] sizes = new int[rowKeys.length];
      int[] rowOf = new int[count];
      int rows = 0;
      for (int i = 0; i < count; i++) {
        int key = (int) (keys[i] >>> 32);
        int at = hash(key) & slots.length - 1;
        while (slots[at] != 0 && rowKeys[slots[at] - 1] != key) {
          at = at + 1 & slots.length - 1;
        }
        int row = slots[at] - 1;
        if (row < 0) {
          row = rows++;
          if (row == rowKeys.length) {
            rowKeys = Arrays.copyOf(rowKeys, row * 2);
            sizes = Arrays.copyOf(sizes, row * 2);
          }
          slots[at] = rows;
          rowKeys[row] = key;
        }
        sizes[row]++;
        rowOf[i] = row;
      }
      int[] starts = new int[rows + 1];
      for (int row = 0; row < rows; row++) {
        starts[row + 1] = starts[row] + sizes[row];
      }
      int[] next = Arrays.copyOf(starts, rows);
      long[] rules = new long[count];
      for (int i = 0; i < count; i++) {
        long targetAndKind = keys[i];
        rules[next[rowOf[i]]++] =
            (targetAndKind >>> 16 & 0xffff) << TARGET_SHIFT
                | (targetAndKind & 0x7fff) << 32
                | payloads[i] & 0xffffffffL;
      }
      for (int row = 0; row < rows; row++) {
        Arrays.sort(rules, starts[row], starts[row + 1]);
      }
      return index(rowKeys, rows, starts, rules);
    }

    private static RuleTable index(int[] rowKeys, int rows, int[] starts, long[] rules) {
      int[] keys = new int[tableSize(rows)];
      int[] places = new int[keys.length];
      for (int row = 0; row < rows; row++) {
        int at = hash(rowKeys[row]) & keys.length - 1;
        while (keys[at] != 0) {
          at = at + 1 & keys.length - 1;
        }
        keys[at] = rowKeys[row];
        places[at] = row;
      }
      return new RuleTable(keys, places, starts, rules);
    }

    /** A power of two that leaves half of the places empty. */
    private static int tableSize(int entries) {
      return Integer.highestOneBit(Math.max(8, entries) * 2 - 1) << 1;
    }
  }
}
