package org.larval.labels.why;

import java.util.List;
import java.util.stream.Collectors;

/** Why a policy refuses something. Several may hold at once. */
public sealed interface Reason {
  /** The reason as a clause, without its particulars; {@code toString} has these too. */
  default String headline() {
    return toString();
  }

  /** It is refused but let pass, because the source's type is permissive. */
  record Permissive(String type) implements Reason {
    @Override
    public String toString() {
      return type + " is a permissive type: what is refused is logged and let pass";
    }
  }

  /**
   * No allow rule that is in force grants it.
   *
   * @param source type of the source
   * @param target type of the target
   * @param securityClass the class
   * @param switchedOff rules that would grant it with other booleans
   */
  record NoRule(String source, String target, String securityClass, List<SwitchedOff> switchedOff)
      implements Reason {
    @Override
    public String headline() {
      return "no rule allows it to " + source + " on " + target + ":" + securityClass;
    }

    @Override
    public String toString() {
      return switchedOff.isEmpty()
          ? headline()
          : headline()
              + "; "
              + switchedOff.stream().map(SwitchedOff::toString).collect(Collectors.joining("; "));
    }
  }

  /**
   * A constraint does not hold.
   *
   * @param statement the constraint as policies write it
   * @param operands the comparisons that would have to come out otherwise: each of them, or in
   *     place of those of one {@code or} just some
   */
  record Constrained(String statement, List<FailedOperand> operands) implements Reason {
    @Override
    public String headline() {
      return "a constraint fails: " + statement;
    }

    @Override
    public String toString() {
      return headline()
          + operands.stream()
              .map(FailedOperand::toString)
              .collect(Collectors.joining("; ", operands.isEmpty() ? "" : " ", ""));
    }
  }

  /** No role allow rule lets a process change its role so. */
  record RoleChange(String from, String to) implements Reason {
    @Override
    public String toString() {
      return "no role allow rule lets a process go from " + from + " to " + to;
    }
  }

  /**
   * The type that bounds the source's lacks it.
   *
   * @param type the source's type
   * @param parent the type that bounds it
   * @param target the target's type as the parent meets it
   * @param reasons why the parent lacks it
   */
  record Bounded(String type, String parent, String target, List<Reason> reasons)
      implements Reason {
    @Override
    public String headline() {
      return type + " is bounded by " + parent + ", which lacks it";
    }

    @Override
    public String toString() {
      return headline()
          + ": "
          + reasons.stream().map(Reason::toString).collect(Collectors.joining("; and "));
    }
  }

  /**
   * The policy does not know the class or the permission.
   *
   * @param securityClass the class
   * @param permission the permission, or empty if the class itself is unknown
   * @param handling {@code allow}, {@code deny} or {@code reject}: what the policy does with such
   * @param nearest names that the policy does know
   */
  record Unknown(String securityClass, String permission, String handling, List<String> nearest)
      implements Reason {
    @Override
    public String toString() {
      return (permission.isEmpty()
              ? "the policy has no class " + securityClass
              : "class " + securityClass + " has no permission " + permission)
          + " and handles unknown ones by '"
          + handling
          + "'"
          + (nearest.isEmpty() ? "" : "; did you mean " + String.join(", ", nearest) + "?");
    }
  }
}
