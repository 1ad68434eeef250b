package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The targets SECMARK and CONNSECMARK. */
final class XtSecmarkTarget implements XtExtension {
  /** Without the final zero (SECMARK_SECCTX_MAX). */
  private static final int MAX_CONTEXT = 255;

  private final boolean connection;
  private final RuleState state;
  private @Nullable Statement statement;

  /**
   * One of the two.
   *
   * @param connection whether it is CONNSECMARK
   */
  XtSecmarkTarget(boolean connection, RuleState state) {
    this.connection = connection;
    this.state = state;
  }

  @Override
  public List<String> options() {
    return connection ? List.of("save", "restore") : List.of("selctx");
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    XtExtension.positive(in, word, negated);
    if (statement != null) {
      throw in.wrong(word, "the target takes one option", "use two rules");
    }
    statement =
        switch (option) {
          case "save" -> new Statement.XtSaveSecmark();
          case "restore" -> new Statement.XtRestoreSecmark();
          default -> new Statement.SetSecmark(label(in, in.value(word, "a context")));
        };
  }

  private SecmarkObject label(XtLine in, XtWord word) {
    if (word.text().length() > MAX_CONTEXT) {
      throw in.wrong(word, "the context is too long", "use at most " + MAX_CONTEXT + " characters");
    }
    try {
      return state.label("", word.text());
    } catch (IllegalArgumentException e) {
      throw in.wrong(
          word, "rules cannot use this context: " + OneLine.of(e), "write a context of the policy");
    }
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (statement == null) {
      throw in.wrong(
          word,
          "the target " + word.text() + " lacks its option",
          connection ? "add --save or --restore" : "add --selctx and a context");
    }
    XtTable.Kind kind = scope.table().kind;
    if (kind != XtTable.Kind.MANGLE && kind != XtTable.Kind.SECURITY) {
      throw in.wrong(
          word,
          "the table " + kind + " has no target " + word.text(),
          "put the rule into the table mangle or security");
    }
    steps.add(statement);
  }
}
