package org.larval.labels;

import org.jspecify.annotations.Nullable;

/** What a {@link LabelPolicy} answers. */
public sealed interface Decision {
  /** Whether it may be done. */
  default boolean allowed() {
    return this instanceof Allowed;
  }

  /**
   * It may be done.
   *
   * @param despite the denial that a permissive policy only wrote down; null if a rule allows it
   */
  record Allowed(@Nullable Denied despite) implements Decision {
    /** Allowed by a rule. */
    public static final Allowed BY_RULE = new Allowed(null);

    @Override
    public String toString() {
      return despite == null ? "allowed" : "allowed, being permissive: " + despite;
    }
  }

  /**
   * It may not be done.
   *
   * @param source the subject
   * @param target the object
   * @param securityClass the object's class, such as {@code packet}
   * @param permission what was asked for, such as {@code recv}
   * @param cause why, as a clause
   * @param remedy what would permit it, such as a rule in the policy's language
   */
  record Denied(
      SecurityContext source,
      SecurityContext target,
      String securityClass,
      String permission,
      String cause,
      String remedy)
      implements Decision {
    /** The whole story in one line, beginning as SELinux' own message does. */
    public String reason() {
      return "denied { "
          + permission
          + " } scontext="
          + source
          + " tcontext="
          + target
          + " tclass="
          + securityClass
          + ": "
          + cause
          + "; to permit it: "
          + remedy;
    }

    @Override
    public String toString() {
      return reason();
    }
  }
}
