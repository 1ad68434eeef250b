package org.larval.labels.policydb;

/**
 * What one context may do to another: a bit for each permission of a class. It is filled in place,
 * so that asking again allocates nothing.
 */
public final class AccessVector {
  int granted;
  int unconstrained;
  int roleAllowed;
  int allowed;
  int auditallow;
  int auditdeny;
  boolean permissive;

  /** What may be done. */
  public int allowed() {
    return allowed;
  }

  /** What is logged when it is allowed. */
  public int auditallow() {
    return auditallow;
  }

  /** What is logged when it is refused; a 0 is a dontaudit. */
  public int auditdeny() {
    return auditdeny;
  }

  /** Whether the source's type is permissive: what is refused is logged, and let pass. */
  public boolean permissive() {
    return permissive;
  }

  /** What rules allow, before anything is withheld. */
  public int granted() {
    return granted;
  }

  /** What of {@link #granted} the constraints leave. */
  public int unconstrained() {
    return unconstrained;
  }

  /** What of {@link #unconstrained} the change of role leaves; bounds leave {@link #allowed}. */
  public int roleAllowed() {
    return roleAllowed;
  }

  @Override
  public String toString() {
    return "allowed=%x auditallow=%x auditdeny=%x%s"
        .formatted(allowed, auditallow, auditdeny, permissive ? " permissive" : "");
  }
}
