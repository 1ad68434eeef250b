package org.larval.lab.file;

/**
 * Something in a lab file is wrong: one line with the place, what is wrong, what would be right.
 */
public final class LabFileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Where where;
  private final String what;

  /** A complaint; {@code remedy} says what would be right. */
  public LabFileException(Where where, String what, String remedy) {
    super(where + ": " + what + "; " + remedy);
    this.where = where;
    this.what = what;
  }

  /** The place. */
  public Where where() {
    return where;
  }

  /** What is wrong, without place and remedy. */
  public String clause() {
    return what;
  }
}
