package org.larval.xfrm.grammar;

/** A line of {@code ip xfrm} that cannot be followed: where, what is wrong, what would be right. */
public final class IpXfrmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int column;
  private final String problem;
  private final String remedy;

  /**
   * An error.
   *
   * @param column of the offending word, from 1; one after the last character if a word is missing
   */
  IpXfrmException(int column, String problem, String remedy) {
    super("column " + column + ": " + problem + "; " + remedy);
    this.column = column;
    this.problem = problem;
    this.remedy = remedy;
  }

  /** Of the offending word, from 1. */
  public int column() {
    return column;
  }

  /** What is wrong. */
  public String problem() {
    return problem;
  }

  /** What would be right. */
  public String remedy() {
    return remedy;
  }
}
