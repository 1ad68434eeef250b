package org.larval.labels.avc;

import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyDb;

/**
 * A permission of a class by their names, which remembers their numbers in the policy that it was
 * last asked about: for questions that are put again and again. For one thread.
 */
public final class NamedPermission {
  private final String securityClass;
  private final String permission;
  private @Nullable PolicyDb policy;
  private int value;
  private int bit;

  /** A permission that a policy may know or not. */
  public NamedPermission(String securityClass, String permission) {
    this.securityClass = securityClass;
    this.permission = permission;
  }

  /** The class, such as {@code packet}. */
  public String securityClass() {
    return securityClass;
  }

  /** The permission, such as {@code recv}. */
  public String permission() {
    return permission;
  }

  /** Looks the numbers up in a policy; false if it does not know the class or the permission. */
  @SuppressWarnings("ReferenceEquality") // another policy is another object
  boolean in(PolicyDb asked) {
    if (policy != asked) {
      policy = asked;
      PolicyClass known = asked.securityClass(securityClass);
      value = known == null ? 0 : known.value();
      bit = known == null ? 0 : known.bit(permission);
    }
    return bit != 0;
  }

  /** The value of the class. */
  int value() {
    return value;
  }

  /** The bit of the permission. */
  int bit() {
    return bit;
  }

  @Override
  public String toString() {
    return securityClass + " " + permission;
  }
}
