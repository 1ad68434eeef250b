package org.larval.labels.policydb;

import java.util.List;

/**
 * A class of objects.
 *
 * @param name such as {@code packet}
 * @param value its number in this policy
 * @param permissions names of the bits, the first being 1, those of its common included
 * @param constraints on access, in the file's order
 * @param validations that all must hold when a label is changed
 * @param user whose user a new object gets
 * @param role whose role
 * @param type whose type
 * @param range whose range
 */
public record PolicyClass(
    String name,
    int value,
    NameTable permissions,
    List<Constraint> constraints,
    List<Constraint> validations,
    Default user,
    Default role,
    Default type,
    DefaultRange range) {

  /** Where a part of a new context comes from. */
  public enum Default {
    /** As if nothing was said. */
    UNSET,
    /** From the source. */
    SOURCE,
    /** From the target. */
    TARGET
  }

  /** Where the range of a new context comes from. */
  public enum DefaultRange {
    /** As if nothing was said. */
    UNSET,
    /** Both ends the low one of the source. */
    SOURCE_LOW,
    /** Both ends the high one of the source. */
    SOURCE_HIGH,
    /** The source's. */
    SOURCE_LOW_HIGH,
    /** Both ends the low one of the target. */
    TARGET_LOW,
    /** Both ends the high one of the target. */
    TARGET_HIGH,
    /** The target's. */
    TARGET_LOW_HIGH,
    /** What both have in common, from version 32 on. */
    GLBLUB
  }

  /** The bits that have a name. */
  public int mask() {
    int mask = 0;
    for (int value = 1; value <= permissions.limit(); value++) {
      mask |= permissions.has(value) ? 1 << value - 1 : 0;
    }
    return mask;
  }

  /** The bit of a permission, or 0 if the class has none of that name. */
  public int bit(String permission) {
    int value = permissions.value(permission);
    return value == 0 ? 0 : 1 << value - 1;
  }

  /**
   * The names of an access vector's bits in their order, commas between; nameless bits left out.
   */
  public String names(int vector) {
    StringBuilder text = new StringBuilder();
    for (int bits = vector; bits != 0; bits &= bits - 1) {
      String name = permissions.nameOrNull(Integer.numberOfTrailingZeros(bits) + 1);
      if (name != null) {
        text.append(text.isEmpty() ? "" : ",").append(name);
      }
    }
    return text.toString();
  }
}
