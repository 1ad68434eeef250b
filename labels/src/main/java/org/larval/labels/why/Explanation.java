package org.larval.labels.why;

import java.util.List;

/**
 * Why one context may or may not do something to another.
 *
 * @param source canonical text of the subject
 * @param target canonical text of the object
 * @param securityClass its class
 * @param verdicts permissions of the same fate together, in the order of their first
 */
public record Explanation(
    String source, String target, String securityClass, List<Verdict> verdicts) {
  /** Whether everything that was asked for goes through, be it only because of permissiveness. */
  public boolean passes() {
    return verdicts.stream().noneMatch(verdict -> verdict.outcome() == Outcome.DENIED);
  }

  /** Several lines for people, the last with a line feed. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(source)
        .append(" -> ")
        .append(target)
        .append(" : ")
        .append(securityClass)
        .append('\n');
    for (Verdict verdict : verdicts) {
      text.append("  ")
          .append(
              switch (verdict.outcome()) {
                case ALLOWED -> "allowed";
                case DENIED -> "denied";
                case LET_PASS -> "let pass";
              })
          .append(" { ")
          .append(String.join(" ", verdict.permissions()))
          .append(" }");
      boolean allowed = verdict.outcome() == Outcome.ALLOWED;
      if (verdict.logged() == allowed) {
        text.append(allowed ? ", logged (auditallow)" : ", not logged (dontaudit)");
      }
      text.append('\n');
      verdict.rules().forEach(rule -> line(text, "by", rule));
      String word = allowed ? "though" : "because";
      for (Reason reason : verdict.reasons()) {
        reason(text, "    ", word, reason);
        word = "and";
      }
      word = "to permit it";
      for (Remedy remedy : verdict.remedies()) {
        line(text, word, remedy.change().toString());
        word = "and also";
        remedy.orElse().forEach(change -> line(text, "or instead", change.toString()));
      }
    }
    return text.toString();
  }

  private static void reason(StringBuilder text, String indent, String word, Reason reason) {
    text.append(indent).append(word).append(": ").append(reason.headline()).append('\n');
    String inner = indent + "  ";
    switch (reason) {
      case Reason.NoRule rule ->
          rule.switchedOff().forEach(off -> text.append(inner).append(off).append('\n'));
      case Reason.Constrained constraint ->
          constraint.operands().forEach(each -> text.append(inner).append(each).append('\n'));
      case Reason.Bounded bounded ->
          bounded.reasons().forEach(each -> reason(text, inner, "because", each));
      case Reason.Permissive permissive -> {}
      case Reason.RoleChange role -> {}
      case Reason.Unknown unknown -> {}
    }
  }

  private static void line(StringBuilder text, String word, String rest) {
    text.append("    ").append(word).append(": ").append(rest).append('\n');
  }
}
