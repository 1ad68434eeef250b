package org.larval.labels.policydb;

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

  InvalidContextException(Part part, String message) {
    super(message);
    this.part = part;
  }

  /** The part that is wrong. */
  public Part part() {
    return part;
  }
}
