package org.larval.labels;

import java.util.BitSet;

/**
 * A sensitivity with a set of categories: {@code s2:c1,c5.c9}. Levels are only partly ordered: of
 * two, one may dominate the other, or neither.
 *
 * @param sensitivity 0 to {@link #MAX_SENSITIVITY}
 * @param categories any
 */
public record MlsLevel(int sensitivity, CategorySet categories) {
  /** More than any policy declares. */
  public static final int MAX_SENSITIVITY = 65535;

  /** s0 without categories. */
  public static final MlsLevel LOWEST = new MlsLevel(0, CategorySet.EMPTY);

  /** Checks the sensitivity. */
  public MlsLevel {
    if (sensitivity < 0 || sensitivity > MAX_SENSITIVITY) {
      throw new IllegalArgumentException(
          "sensitivity " + sensitivity + " is not in 0.." + MAX_SENSITIVITY);
    }
  }

  /**
   * Reads a level in the kernel's grammar (mls_context_to_sid): a sensitivity, and after a colon
   * categories and rising ranges of categories between commas. Only the plain names {@code sN} and
   * {@code cN} are known.
   *
   * @throws IllegalArgumentException if a part is none of these; the message names it
   */
  public static MlsLevel parse(String text) {
    int colon = text.indexOf(':');
    int sensitivity =
        number(colon < 0 ? text : text.substring(0, colon), 's', "sensitivity", MAX_SENSITIVITY);
    if (colon < 0) {
      return new MlsLevel(sensitivity, CategorySet.EMPTY);
    }
    BitSet categories = new BitSet();
    int at = colon + 1;
    while (true) {
      int comma = text.indexOf(',', at);
      addCategories(text.substring(at, comma < 0 ? text.length() : comma), categories);
      if (comma < 0) {
        return new MlsLevel(sensitivity, CategorySet.of(categories));
      }
      at = comma + 1;
    }
  }

  private static void addCategories(String text, BitSet categories) {
    int dot = text.indexOf('.');
    if (dot < 0) {
      categories.set(category(text));
      return;
    }
    int first = category(text.substring(0, dot));
    int last = category(text.substring(dot + 1));
    if (first >= last) {
      throw new IllegalArgumentException(
          "category range '" + text + "' does not rise; expected one like c0.c5");
    }
    categories.set(first, last + 1);
  }

  private static int category(String name) {
    return number(name, 'c', "category", CategorySet.MAX);
  }

  private static int number(String name, char letter, String what, int max) {
    int length = name.length();
    boolean valid = length >= 2 && length <= 6 && name.charAt(0) == letter;
    int value = 0;
    for (int i = 1; valid && i < length; i++) {
      char digit = name.charAt(i);
      valid = digit >= '0' && digit <= '9' && (i == 1 || value > 0);
      value = value * 10 + digit - '0';
    }
    if (!valid || value > max) {
      throw new IllegalArgumentException(
          what + " '" + name + "' is not one of " + letter + "0.." + letter + max);
    }
    return value;
  }

  /** Whether the sensitivity is at least the other's and every category of the other is here. */
  public boolean dominates(MlsLevel other) {
    return sensitivity >= other.sensitivity && categories.containsAll(other.categories);
  }

  /** Whether neither dominates the other. */
  public boolean incomparable(MlsLevel other) {
    return !dominates(other) && !other.dominates(this);
  }

  @Override
  public String toString() {
    return categories.isEmpty() ? "s" + sensitivity : "s" + sensitivity + ":" + categories;
  }
}
