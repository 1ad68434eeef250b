package org.larval.cipso.grammar;

/** A line of netlabelctl that cannot be followed: where, what is wrong, what would be right. */
public final class NetlabelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;
  private final String problem;
  private final String remedy;

  NetlabelException(int line, int column, String problem, String remedy) {
    super("line " + line + ", column " + column + ": " + problem + "; " + remedy);
    this.line = line;
    this.column = column;
    this.problem = problem;
    this.remedy = remedy;
  }

  NetlabelException at(int otherLine) {
    return new NetlabelException(otherLine, column, problem, remedy);
  }

  /** From 1; always 1 for a single line. */
  public int line() {
    return line;
  }

  /** Of the offending word, from 1; one after the last character if a word is missing. */
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
