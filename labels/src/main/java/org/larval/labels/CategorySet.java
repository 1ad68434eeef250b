package org.larval.labels;

import java.util.Arrays;
import java.util.BitSet;

/**
 * An immutable set of MLS categories, printed as SELinux does: {@code c0.c5,c9}. A word of bits for
 * every 64 categories up to the highest, so that dominance is a handful of and-nots.
 */
public final class CategorySet {
  /** The highest number a category may have: what 16 bits on the wire can say. */
  public static final int MAX = 65535;

  /** No category. */
  public static final CategorySet EMPTY = new CategorySet(new long[0]);

  /** Without trailing zero words, so that equal sets have equal arrays. */
  private final long[] words;

  private CategorySet(long[] words) {
    this.words = words;
  }

  /**
   * The set of a bit set's bits.
   *
   * @throws IllegalArgumentException if a bit is above {@link #MAX}
   */
  public static CategorySet of(BitSet bits) {
    if (bits.length() > MAX + 1) {
      throw new IllegalArgumentException("category c" + (bits.length() - 1) + " is above c" + MAX);
    }
    return bits.isEmpty() ? EMPTY : new CategorySet(bits.toLongArray());
  }

  /**
   * The set of some categories.
   *
   * @throws IllegalArgumentException if one is not in 0..{@link #MAX}
   */
  public static CategorySet of(int... categories) {
    BitSet bits = new BitSet();
    for (int category : categories) {
      if (category < 0 || category > MAX) {
        throw new IllegalArgumentException("category " + category + " is not in 0.." + MAX);
      }
      bits.set(category);
    }
    return of(bits);
  }

  /**
   * The set of the bits of some words, 64 categories in each, lowest first.
   *
   * @throws IllegalArgumentException if a bit is above {@link #MAX}
   */
  public static CategorySet of(long[] words) {
    int length = words.length;
    while (length > 0 && words[length - 1] == 0) {
      length--;
    }
    if (length > (MAX + 1) / 64) {
      throw new IllegalArgumentException("category above c" + MAX);
    }
    return length == 0 ? EMPTY : new CategorySet(Arrays.copyOf(words, length));
  }

  /** The categories that both sets have. */
  public CategorySet intersection(CategorySet other) {
    long[] common = Arrays.copyOf(words, Math.min(words.length, other.words.length));
    for (int i = 0; i < common.length; i++) {
      common[i] &= other.words[i];
    }
    return of(common);
  }

  /** Whether a category is in the set. */
  public boolean contains(int category) {
    int word = category >>> 6;
    return word < words.length && (words[word] >>> category & 1) != 0;
  }

  /** Whether every category of the other set is in this one. */
  public boolean containsAll(CategorySet other) {
    if (other.words.length > words.length) {
      return false;
    }
    for (int i = 0; i < other.words.length; i++) {
      if ((other.words[i] & ~words[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether it has no category. */
  public boolean isEmpty() {
    return words.length == 0;
  }

  /** How many categories it has. */
  public int size() {
    int size = 0;
    for (long word : words) {
      size += Long.bitCount(word);
    }
    return size;
  }

  /** The highest category, or -1 for the empty set. */
  public int highest() {
    int last = words.length - 1;
    return last < 0 ? -1 : last * 64 + 63 - Long.numberOfLeadingZeros(words[last]);
  }

  /** The first category from {@code from} on, or -1. */
  public int next(int from) {
    int word = from >>> 6;
    if (word >= words.length) {
      return -1;
    }
    long bits = words[word] & -1L << from;
    while (bits == 0) {
      if (++word == words.length) {
        return -1;
      }
      bits = words[word];
    }
    return word * 64 + Long.numberOfTrailingZeros(bits);
  }

  /**
   * The last category of the unbroken run that begins at {@code from}, which must be in the set.
   */
  public int runEnd(int from) {
    int word = from >>> 6;
    long gaps = ~words[word] & -1L << from;
    while (gaps == 0) {
      if (++word == words.length) {
        return word * 64 - 1;
      }
      gaps = ~words[word];
    }
    return word * 64 + Long.numberOfTrailingZeros(gaps) - 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CategorySet set && Arrays.equals(words, set.words);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words);
  }

  /** Runs of three and more as {@code c1.c3}, others one by one (mls_sid_to_context). */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int first = next(0); first >= 0; ) {
      int last = runEnd(first);
      if (!text.isEmpty()) {
        text.append(',');
      }
      text.append('c').append(first);
      if (last > first) {
        text.append(last == first + 1 ? ',' : '.').append('c').append(last);
      }
      first = next(last + 1);
    }
    return text.toString();
  }
}
