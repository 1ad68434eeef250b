package org.larval.xfrm.grammar;

import java.util.regex.Pattern;

/** A line of {@code ip xfrm} that cannot be followed: where, what is wrong, what would be right. */
public final class IpXfrmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Longer than any number: a key, perhaps in a place where none belongs. */
  private static final Pattern KEY = Pattern.compile("(0[xX])\\w{17,}");

  private final int column;
  private final String problem;
  private final String remedy;

  /**
   * An error. What may be a key in these words is not repeated.
   *
   * @param column of the offending word, from 1; one after the last character if a word is missing
   */
  IpXfrmException(int column, String problem, String remedy) {
    super("column " + column + ": " + withoutKeys(problem) + "; " + withoutKeys(remedy));
    this.column = column;
    this.problem = withoutKeys(problem);
    this.remedy = withoutKeys(remedy);
  }

  private static String withoutKeys(String text) {
    return KEY.matcher(text).replaceAll("$1...");
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
