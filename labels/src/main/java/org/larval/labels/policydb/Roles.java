package org.larval.labels.policydb;

/** The roles of a policy. */
public final class Roles {
  private final NameTable names;
  private final ValueSet[] dominates;
  private final ValueSet[] types;
  private final int[] bounds;

  Roles(NameTable names, ValueSet[] dominates, ValueSet[] types, int[] bounds) {
    this.names = names;
    this.dominates = dominates;
    this.types = types;
    this.bounds = bounds;
  }

  /** Their names. */
  public NameTable names() {
    return names;
  }

  /** Whether one role dominates another; a role without a record dominates none. */
  public boolean dominates(int one, int other) {
    return dominates[one].contains(other);
  }

  /** The types that the role may have. Those of object_r mean nothing: it may have all. */
  public ValueSet types(int role) {
    return types[role];
  }

  /** The role that bounds this one, or 0. */
  public int bounds(int role) {
    return bounds[role];
  }
}
