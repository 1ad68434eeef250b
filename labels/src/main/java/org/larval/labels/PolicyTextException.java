package org.larval.labels;

/** A text of policies or rules is wrong at a place, and what would be right there. */
public final class PolicyTextException extends IllegalArgumentException {
  private final int line;
  private final int column;
  private final String wrong;
  private final String right;

  /**
   * An error at a place.
   *
   * @param line from 1
   * @param column from 1
   * @param wrong what is wrong, as a clause
   * @param right what would be right, to follow "expected"
   */
  public PolicyTextException(int line, int column, String wrong, String right) {
    super("line " + line + ", column " + column + ": " + wrong + "; expected " + right);
    this.line = line;
    this.column = column;
    this.wrong = wrong;
    this.right = right;
  }

  /** From 1. */
  public int line() {
    return line;
  }

  /** From 1. */
  public int column() {
    return column;
  }

  /** What is wrong, as a clause. */
  public String wrong() {
    return wrong;
  }

  /** What would be right. */
  public String right() {
    return right;
  }
}
