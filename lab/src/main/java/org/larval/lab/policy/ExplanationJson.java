package org.larval.lab.policy;

import java.util.List;
import java.util.Locale;
import org.larval.labels.why.BooleanState;
import org.larval.labels.why.Change;
import org.larval.labels.why.Explanation;
import org.larval.labels.why.FailedOperand;
import org.larval.labels.why.Outcome;
import org.larval.labels.why.Reason;
import org.larval.labels.why.Remedy;
import org.larval.labels.why.SwitchedOff;
import org.larval.labels.why.Verdict;

/** An explanation in records of one shape for every kind of reason and change, as JSON has it. */
final class ExplanationJson {
  private ExplanationJson() {}

  /** See {@link Verdict}. */
  record VerdictJson(
      List<String> permissions,
      String outcome,
      boolean logged,
      List<String> rules,
      List<ReasonJson> reasons,
      List<RemedyJson> remedies) {}

  /** See {@link Reason}. */
  record ReasonJson(
      String kind,
      String text,
      List<SwitchedOff> switchedOff,
      List<FailedOperand> operands,
      List<ReasonJson> reasons) {}

  /** See {@link Remedy}. */
  record RemedyJson(ChangeJson change, List<ChangeJson> orElse) {}

  /**
   * See {@link Change}.
   *
   * @param value the rule, context, attribute or statement, or what is to be declared
   * @param subject whose label or attribute changes, else empty
   * @param booleans those to switch
   */
  record ChangeJson(
      String kind, String text, String value, String subject, List<BooleanState> booleans) {}

  static List<VerdictJson> of(Explanation explanation) {
    return explanation.verdicts().stream().map(ExplanationJson::of).toList();
  }

  private static VerdictJson of(Verdict verdict) {
    return new VerdictJson(
        verdict.permissions(),
        word(verdict.outcome()),
        verdict.logged(),
        verdict.rules(),
        verdict.reasons().stream().map(ExplanationJson::of).toList(),
        verdict.remedies().stream().map(ExplanationJson::of).toList());
  }

  static String word(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static ReasonJson of(Reason reason) {
    String text = reason.headline();
    return switch (reason) {
      case Reason.Permissive permissive -> plain("permissive", text);
      case Reason.NoRule rule ->
          new ReasonJson("no-rule", text, rule.switchedOff(), List.of(), List.of());
      case Reason.Constrained constraint ->
          new ReasonJson("constraint", text, List.of(), constraint.operands(), List.of());
      case Reason.RoleChange role -> plain("role", text);
      case Reason.Bounded bounded ->
          new ReasonJson(
              "bounds",
              text,
              List.of(),
              List.of(),
              bounded.reasons().stream().map(ExplanationJson::of).toList());
      case Reason.Unknown unknown -> plain("unknown", text);
    };
  }

  private static ReasonJson plain(String kind, String text) {
    return new ReasonJson(kind, text, List.of(), List.of(), List.of());
  }

  private static RemedyJson of(Remedy remedy) {
    return new RemedyJson(
        of(remedy.change()), remedy.orElse().stream().map(ExplanationJson::of).toList());
  }

  private static ChangeJson of(Change change) {
    String text = change.toString();
    return switch (change) {
      case Change.AllowRule rule -> new ChangeJson("allow", text, rule.line(), "", List.of());
      case Change.RoleAllow rule -> new ChangeJson("role-allow", text, rule.line(), "", List.of());
      case Change.SwitchBooleans booleans ->
          new ChangeJson("booleans", text, "", "", booleans.booleans());
      case Change.Relabel relabel ->
          new ChangeJson("relabel", text, relabel.context(), relabel.side().word(), List.of());
      case Change.Attribute attribute ->
          new ChangeJson(
              attribute.give() ? "give-attribute" : "take-attribute",
              text,
              attribute.attribute(),
              attribute.type(),
              List.of());
      case Change.OtherConstraint other ->
          new ChangeJson("constraint", text, other.statement(), "", List.of());
      case Change.Declare declare -> new ChangeJson("declare", text, declare.what(), "", List.of());
    };
  }
}
