package org.larval.secmark;

/** Rules are wrong at a place, or ask for what is not built; and what would be right there. */
public final class RuleException extends IllegalArgumentException {
  private final String file;
  private final int line;
  private final int column;
  private final String wrong;
  private final String right;

  RuleException(String file, int line, int column, String wrong, String right) {
    super(file + ":" + line + ":" + column + ": " + OneLine.of(wrong) + "; " + OneLine.of(right));
    this.file = file;
    this.line = line;
    this.column = column;
    this.wrong = OneLine.of(wrong);
    this.right = OneLine.of(right);
  }

  /** The name that the text was loaded under. */
  public String file() {
    return file;
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

  /** What to do about it, as an imperative. */
  public String right() {
    return right;
  }
}
