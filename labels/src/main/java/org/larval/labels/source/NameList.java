package org.larval.labels.source;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.labels.SecurityContext;

/** Names and aliases of one kind; values count from 1 in the order of declaration. */
final class NameList {
  private final String kind;
  private final Map<String, Integer> values = new LinkedHashMap<>();
  private final List<String> primary = new ArrayList<>();

  /**
   * An empty list.
   *
   * @param kind for messages, such as {@code type}
   */
  NameList(String kind) {
    this.kind = kind;
  }

  /**
   * Declares a name.
   *
   * @throws IllegalArgumentException if it is no name, or known already
   */
  int add(String name) {
    check(name);
    primary.add(name);
    values.put(name, primary.size());
    return primary.size();
  }

  /** Declares another name for a value. */
  void alias(String name, int value) {
    check(name);
    values.put(name, value);
  }

  private void check(String name) {
    if (!SecurityContext.isName(name)) {
      throw new IllegalArgumentException(
          "'" + name + "' is not a name; write letters, digits, '_', '-' and '.'");
    }
    if (values.containsKey(name)) {
      throw new IllegalArgumentException(
          kind + " '" + name + "' is declared twice; declare it once");
    }
    if (primary.size() == 65_535) {
      throw new IllegalArgumentException("there is no room for another " + kind + "; use fewer");
    }
  }

  /** The value of a name or alias, or 0. */
  int value(String name) {
    return values.getOrDefault(name, 0);
  }

  /**
   * The value of a name that must exist.
   *
   * @throws IllegalArgumentException if there is none
   */
  int known(String name) {
    int value = value(name);
    if (value == 0) {
      throw unknown(name);
    }
    return value;
  }

  IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("there is no " + kind + " '" + name + "'; " + remedy());
  }

  /** What to write instead of an unknown name. */
  String remedy() {
    return primary.isEmpty() || primary.size() > 24
        ? "write one that is declared"
        : "write one of " + String.join(", ", primary);
  }

  String name(int value) {
    return primary.get(value - 1);
  }

  int size() {
    return primary.size();
  }

  /** Every name and alias with its value, in the order of declaration. */
  Map<String, Integer> all() {
    return Collections.unmodifiableMap(values);
  }

  boolean isAlias(String name, int value) {
    return !primary.get(value - 1).equals(name);
  }
}
