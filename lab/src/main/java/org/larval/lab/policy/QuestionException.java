package org.larval.lab.policy;

import java.util.List;
import org.larval.labels.policydb.InvalidContextException;

/** A question to a policy makes no sense, and what would. */
public final class QuestionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String what;
  private final String remedy;

  QuestionException(String what, String remedy) {
    super(what + "; " + remedy);
    this.what = what;
    this.remedy = remedy;
  }

  static QuestionException of(InvalidContextException problem) {
    return new QuestionException(
        String.valueOf(problem.getMessage()),
        didYouMean(problem.nearest(), "'larval policy contexts' checks contexts"));
  }

  /** A question of names that look like the wrong one, or something else where none does. */
  static String didYouMean(List<String> nearest, String otherwise) {
    return nearest.isEmpty() ? otherwise : "did you mean " + String.join(" or ", nearest) + "?";
  }

  /** What is wrong, as a clause. */
  public String what() {
    return what;
  }

  /** What would be right. */
  public String remedy() {
    return remedy;
  }
}
