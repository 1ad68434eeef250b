package org.larval.labels.source;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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

  /** Declares a class, or gives a known one other permissions. */
  void add(String name, List<String> permissions) {
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
