package org.larval.labels.policydb;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** The types and attributes of a policy, which share their values. */
public final class Types {
  private final NameTable names;
  private final boolean[] attribute;
  private final int[] bounds;
  private final ValueSet[] attributes;
  private final int[][] lists;
  private final Map<Integer, int[]> members = new ConcurrentHashMap<>();

  /**
   * The types.
   *
   * @param attributes of each type, itself included
   */
  Types(NameTable names, boolean[] attribute, int[] bounds, ValueSet[] attributes) {
    this.names = names;
    this.attribute = attribute;
    this.bounds = bounds;
    this.attributes = attributes;
    this.lists = new int[attributes.length][];
    for (int type = 0; type < lists.length; type++) {
      lists[type] = attributes[type].toArray();
    }
  }

  /** Their names and aliases, attributes included. */
  public NameTable names() {
    return names;
  }

  /** Whether a value is an attribute, and so no context's type. */
  public boolean isAttribute(int value) {
    return attribute[value];
  }

  /** The type that bounds this one, or 0. */
  public int bounds(int type) {
    return bounds[type];
  }

  /** The attributes of a type, with the type itself. */
  public ValueSet attributes(int type) {
    return attributes[type];
  }

  /** The same, rising; not to be written to. */
  int[] attributeList(int type) {
    return lists[type];
  }

  /** The types that have an attribute, rising; of a type just itself. */
  public int[] members(int value) {
    return attribute[value]
        ? members.computeIfAbsent(value, this::collect).clone()
        : new int[] {value};
  }

  private int[] collect(int wanted) {
    return IntStream.range(1, attribute.length)
        .filter(type -> !attribute[type] && names.has(type) && attributes[type].contains(wanted))
        .toArray();
  }

  /** How many values are types. */
  public int typeCount() {
    return names.count() - attributeCount();
  }

  /** How many values are attributes. */
  public int attributeCount() {
    int count = 0;
    for (boolean is : attribute) {
      count += is ? 1 : 0;
    }
    return count;
  }
}
