package org.larval.labels.policydb;

import java.util.Arrays;

/**
 * An immutable set of the policy's values (types, roles, users, ...), which count from 1. Only the
 * words from the first to the last that is not zero are kept: most sets are small and their values
 * close together.
 */
public final class ValueSet {
  /** No value. */
  public static final ValueSet EMPTY = new ValueSet(0, new long[0]);

  /** Index of the first word kept. */
  private final int base;

  /** Neither the first nor the last is zero. */
  private final long[] words;

  /** Takes over the array, whose first and last word must not be zero. */
  ValueSet(int base, long[] words) {
    this.base = base;
    this.words = words;
  }

  /** Whether a value is in the set; 0 and numbers below never are. */
  public boolean contains(int value) {
    return bit(value - 1);
  }

  /** Whether the bit with this number, counted from 0, is set. */
  boolean bit(int bit) {
    int word = (bit >> 6) - base;
    return word >= 0 && word < words.length && (words[word] >>> bit & 1) != 0;
  }

  /** This set with one more value. */
  ValueSet with(int value) {
    if (contains(value)) {
      return this;
    }
    int word = value - 1 >> 6;
    if (words.length == 0) {
      return new ValueSet(word, new long[] {1L << value - 1});
    }
    int first = Math.min(base, word);
    int end = Math.max(base + words.length, word + 1);
    long[] more = new long[end - first];
    System.arraycopy(words, 0, more, base - first, words.length);
    more[word - first] |= 1L << value - 1;
    return new ValueSet(first, more);
  }

  int base() {
    return base;
  }

  /** Not to be written to. */
  long[] words() {
    return words;
  }

  /** Whether it has no value. */
  public boolean isEmpty() {
    return words.length == 0;
  }

  /** How many values it has. */
  public int size() {
    int size = 0;
    for (long word : words) {
      size += Long.bitCount(word);
    }
    return size;
  }

  /** The highest value, or 0 if there is none. */
  public int highest() {
    int last = words.length - 1;
    return last < 0 ? 0 : (base + last) * 64 + 64 - Long.numberOfLeadingZeros(words[last]);
  }

  /** The first value from {@code from} on, or 0. */
  public int next(int from) {
    int bit = Math.max(from - 1, base * 64);
    int word = (bit >> 6) - base;
    if (word >= words.length) {
      return 0;
    }
    long bits = words[word] & -1L << bit;
    while (bits == 0) {
      if (++word == words.length) {
        return 0;
      }
      bits = words[word];
    }
    return (base + word) * 64 + Long.numberOfTrailingZeros(bits) + 1;
  }

  /** Its values, rising. */
  public int[] toArray() {
    int[] values = new int[size()];
    int count = 0;
    for (int i = 0; i < words.length; i++) {
      for (long bits = words[i]; bits != 0; bits &= bits - 1) {
        values[count++] = (base + i) * 64 + Long.numberOfTrailingZeros(bits) + 1;
      }
    }
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ValueSet set && base == set.base && Arrays.equals(words, set.words);
  }

  @Override
  public int hashCode() {
    return base * 31 + Arrays.hashCode(words);
  }

  @Override
  public String toString() {
    return Arrays.toString(toArray());
  }
}
