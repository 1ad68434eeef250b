package org.larval.labels.source;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The classes of a policy in the making, with their permissions and constraints. */
final class ClassTable {
  /**
   * A class.
   *
   * @param checks constraints on access
   * @param validations of changes of labels
   * @param defaults user, role, range and type of new objects, as the format numbers them
   */
  record ClassEntry(
      NameList permissions, List<Check> checks, List<Check> validations, List<Integer> defaults) {
    ClassEntry(NameList permissions) {
      this(
          permissions,
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(Collections.nCopies(4, 0)));
    }

    /** All permissions as an access vector. */
    int mask() {
      return (int) ((1L << permissions.size()) - 1);
    }
  }

  /** Permissions that are withheld unless an expression holds. */
  record Check(int permissions, List<Expressions.Node> nodes) {}

  final NameList names = new NameList("class");
  private final List<ClassEntry> entries = new ArrayList<>();

  /** Built-in classes that become part of the policy when somebody names them. */
  private final Map<String, List<String>> waiting = new LinkedHashMap<>();

  private boolean frozen;

  /** Offers a class: it is declared by being named. */
  void offer(String name, List<String> permissions) {
    waiting.put(name, permissions);
  }

  /** Declares all classes that were offered. */
  void takeAll() {
    List.copyOf(waiting.keySet()).forEach(this::known);
  }

  /** From now on nothing is declared by being named. */
  void freeze() {
    frozen = true;
  }

  /** Whether a class is offered, and nobody named it before the table was frozen. */
  boolean passedOver(String name) {
    return frozen && waiting.containsKey(name);
  }

  /**
   * The value of a class.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  int known(String name) {
    List<String> permissions = waiting.get(name);
    if (permissions != null) {
      add(name, permissions);
    } else if (names.value(name) == 0) {
      List<String> all = new ArrayList<>(names.all().keySet());
      all.addAll(waiting.keySet());
      throw new IllegalArgumentException(
          "there is no class '"
              + name
              + "'; "
              + (all.size() > 24
                  ? "write one that is declared"
                  : "write one of " + String.join(", ", all)));
    }
    return names.value(name);
  }

  /** Declares a class, or gives a known one other permissions. */
  void add(String name, List<String> permissions) {
    waiting.remove(name);
    NameList list = new NameList("permission of class '" + name + "'");
    permissions.forEach(list::add);
    if (list.size() > 32) {
      throw new IllegalArgumentException(
          "class '" + name + "' has " + list.size() + " permissions; give it 32 at most");
    }
    ClassEntry entry = new ClassEntry(list);
    int known = names.value(name);
    if (known == 0) {
      names.add(name);
      entries.add(entry);
    } else {
      entries.set(known - 1, entry);
    }
  }

  ClassEntry entry(int value) {
    return entries.get(value - 1);
  }
}
