package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and the values they stand for, which count from 1. A value has one primary name and any
 * number of aliases; a value without a primary name does not exist.
 */
public final class NameTable {
  /** Longer words are compared with no name. */
  private static final int MAX_WORD = 128;

  private final @Nullable String[] primary;
  private final Map<String, Integer> values = new HashMap<>();
  private int count;

  /**
   * An empty table.
   *
   * @param limit the highest value
   */
  NameTable(int limit) {
    primary = new @Nullable String[limit + 1];
  }

  /** The highest value that any name may have; not the number of names. */
  public int limit() {
    return primary.length - 1;
  }

  /** How many values have a name. */
  public int count() {
    return count;
  }

  /** How many names there are, aliases included. */
  public int names() {
    return values.size();
  }

  /** The value of a name or alias; 0 if there is none. */
  public int value(String name) {
    return values.getOrDefault(name, 0);
  }

  /** Whether a value has a name. */
  public boolean has(int value) {
    return value > 0 && value < primary.length && primary[value] != null;
  }

  /**
   * The primary name of a value.
   *
   * @throws IllegalArgumentException if it has none
   */
  public String name(int value) {
    String name = nameOrNull(value);
    if (name == null) {
      throw new IllegalArgumentException("no name has the value " + value);
    }
    return name;
  }

  /** The primary name of a value, or null. */
  public @Nullable String nameOrNull(int value) {
    return value > 0 && value < primary.length ? primary[value] : null;
  }

  /** The same names in a table with room for higher values. */
  NameTable copy(int limit) {
    NameTable copy = new NameTable(limit);
    System.arraycopy(primary, 0, copy.primary, 0, primary.length);
    copy.values.putAll(values);
    copy.count = count;
    return copy;
  }

  /**
   * The names and aliases that look most like a word, nearest first and by name, three at most;
   * none if nothing is near.
   */
  public List<String> nearest(String word) {
    int limit = Math.max(2, word.length() / 3);
    if (word.length() > MAX_WORD) {
      return List.of();
    }
    record Near(String name, int distance) {}
    return values.keySet().stream()
        .filter(name -> Math.abs(name.length() - word.length()) <= limit)
        .map(name -> new Near(name, distance(word, name)))
        .filter(near -> near.distance <= limit)
        .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
        .limit(3)
        .map(Near::name)
        .toList();
  }

  /** Levenshtein's distance. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int substitute = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }

  /** Enters a name; false if it is known already. */
  boolean alias(String name, int value) {
    return values.putIfAbsent(name, value) == null;
  }

  /** Makes a name that was entered the primary one; false if the value has another. */
  boolean primary(String name, int value) {
    if (primary[value] != null) {
      return false;
    }
    primary[value] = name;
    count++;
    return true;
  }
}
