package org.larval.labels.policydb;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and the values they stand for, which count from 1. A value has one primary name and any
 * number of aliases; a value without a primary name does not exist.
 */
public final class NameTable {
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
