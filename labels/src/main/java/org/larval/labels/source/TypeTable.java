package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The types and attributes of a policy in the making. */
final class TypeTable {
  private static final int MAX_BOUNDS = 3;

  final NameList names = new NameList("type or attribute");
  final BitSet attributes = new BitSet();

  /** The attributes of each type, at its value minus one. */
  final List<BitSet> attributesOf = new ArrayList<>();

  /** The bounding type of a bounded one. */
  final Map<Integer, Integer> bounds = new TreeMap<>();

  final BitSet permissive = new BitSet();

  private final BitSet untouched = new BitSet();
  private final Runnable changed;
  private boolean open;

  /**
   * A table without types.
   *
   * @param changed called when there is a new name
   */
  TypeTable(Runnable changed) {
    this.changed = changed;
  }

  /** From now on a type that nobody declared is declared by being named in a statement. */
  void open() {
    open = true;
  }

  /** Declares a type that may be declared once more, with attributes. */
  void builtIn(String name) {
    untouched.set(add(name));
  }

  void attribute(String name) {
    attributes.set(add(name));
  }

  /** Declares a type with its attributes, which are declared by that if need be. */
  void type(String name, List<String> having, List<String> aliases) {
    int known = names.value(name);
    int value = known != 0 && untouched.get(known) ? known : add(name);
    untouched.clear(value);
    for (String attribute : having) {
      give(value, attribute);
    }
    aliases.forEach(alias -> names.alias(alias, value));
    changed.run();
  }

  private void give(int type, String attribute) {
    int value = names.value(attribute);
    if (value == 0) {
      value = add(attribute);
      attributes.set(value);
    } else if (!attributes.get(value)) {
      throw new IllegalArgumentException(
          "'" + attribute + "' is a type, not an attribute; give the attribute another name");
    }
    attributesOf.get(type - 1).set(value);
  }

  private int add(String name) {
    if (name.equals("self")) {
      throw new IllegalArgumentException(
          "'self' means the source in rules; call the type something else");
    }
    int value = names.add(name);
    attributesOf.add(new BitSet());
    changed.run();
    return value;
  }

  /** Lets one type have no more permissions than another. */
  void bound(String parent, String child) {
    int value = one(child);
    int bound = one(parent);
    for (int at = bound, depth = 1; at != 0; at = bounds.getOrDefault(at, 0), depth++) {
      if (at == value || depth > MAX_BOUNDS) {
        throw new IllegalArgumentException(
            "'"
                + child
                + "' would be bounded by itself or over more than three steps; leave one out");
      }
    }
    bounds.put(value, bound);
  }

  /** A type or attribute in a statement. */
  int named(String name) {
    int value = names.value(name);
    if (value == 0 && open) {
      type(name, List.of(), List.of());
      value = names.value(name);
    }
    return value == 0 ? names.known(name) : value;
  }

  /** A type in a statement, which must be no attribute. */
  int one(String name) {
    int value = named(name);
    if (attributes.get(value)) {
      throw new IllegalArgumentException("'" + name + "' is an attribute; name a type");
    }
    return value;
  }

  /** The types that have an attribute; a type by itself. */
  BitSet members(int value) {
    BitSet members = new BitSet();
    if (!attributes.get(value)) {
      members.set(value);
    } else {
      for (int type = 1; type <= names.size(); type++) {
        members.set(type, attributesOf.get(type - 1).get(value));
      }
    }
    return members;
  }

  /** The types among some, and those that have an attribute among them. */
  BitSet expanded(BitSet named) {
    BitSet types = new BitSet();
    named.stream().forEach(value -> types.or(members(value)));
    return types;
  }

  /** Every type declared by now. */
  BitSet all() {
    BitSet types = new BitSet();
    types.set(1, names.size() + 1);
    types.andNot(attributes);
    return types;
  }
}
