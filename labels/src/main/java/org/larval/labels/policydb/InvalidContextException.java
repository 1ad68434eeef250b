package org.larval.labels.policydb;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A context means nothing in a policy; the message says which part and why. */
public final class InvalidContextException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** The parts of a context. */
  public enum Part {
    /** The text is not one of a context, or has too few or too many parts. */
    WHOLE,
    /** There is no such user. */
    USER,
    /** There is no such role. */
    ROLE,
    /** There is no such type, or it is an attribute. */
    TYPE,
    /** The sensitivity of a level is unknown. */
    SENSITIVITY,
    /** A category of a level is unknown, or may not stand with its sensitivity. */
    CATEGORY,
    /** The high level does not dominate the low one. */
    RANGE,
    /** The role may not have the type. */
    ROLE_TYPE,
    /** The user may not have the role. */
    USER_ROLE,
    /** The range is not within the user's. */
    USER_RANGE
  }

  private final Part part;

  /** The names among which {@link #name} was not. */
  private final transient @Nullable NameTable known;

  private final String name;

  InvalidContextException(Part part, String message) {
    super(message);
    this.part = part;
    this.known = null;
    this.name = "";
  }

  InvalidContextException(Part part, String message, NameTable known, String name) {
    super(message);
    this.part = part;
    this.known = known;
    this.name = name;
  }

  /** Names of the policy that look like the wrong one, nearest first; mostly none. */
  public List<String> nearest() {
    return known == null ? List.of() : known.nearest(name);
  }

  /** The part that is wrong. */
  public Part part() {
    return part;
  }
}
