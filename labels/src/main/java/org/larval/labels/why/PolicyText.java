package org.larval.labels.why;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.larval.labels.policydb.Conditionals;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.RuleKind;
import org.larval.labels.policydb.TypeRule;

/** Rules and expressions of booleans as policies write them. */
public final class PolicyText {
  /** Conditions of more steps are not written out. */
  private static final int MAX_STEPS = 500;

  private final PolicyDb policy;

  /** Texts of one policy. */
  public PolicyText(PolicyDb policy) {
    this.policy = policy;
  }

  /** A rule without its condition, as in {@code allow a_t b_t:packet send;}. */
  public String rule(TypeRule rule) {
    PolicyClass securityClass = Objects.requireNonNull(policy.securityClass(rule.securityClass()));
    String what =
        permissionRule(rule)
            ? set(List.of(securityClass.names(rule.data()).split(",")))
            : policy.types().names().name(rule.data());
    return rule.kind().word()
        + " "
        + type(rule.source())
        + " "
        + type(rule.target())
        + ":"
        + securityClass.name()
        + " "
        + what
        + ";";
  }

  /** The rule that audit2allow would write. */
  static String allow(String source, String target, String securityClass, List<String> names) {
    return "allow "
        + source
        + " "
        + (source.equals(target) ? "self" : target)
        + ":"
        + securityClass
        + " "
        + set(names.stream().sorted().toList())
        + ";";
  }

  /** One name bare, several in braces. */
  static String set(List<String> names) {
    return names.size() == 1 ? names.getFirst() : "{ " + String.join(" ", names) + " }";
  }

  private static boolean permissionRule(TypeRule rule) {
    return rule.kind() == RuleKind.ALLOW
        || rule.kind() == RuleKind.AUDITALLOW
        || rule.kind() == RuleKind.DONTAUDIT;
  }

  String type(int value) {
    String name = policy.types().names().nameOrNull(value);
    return name == null ? "?" + value : name;
  }

  /** What must hold for a conditional rule, such as {@code a && !b}. */
  public String condition(int conditional) {
    Conditionals all = policy.conditionals();
    String expression = expression(all.expression(all.block(conditional)));
    if (all.whenTrue(conditional)) {
      return expression;
    }
    return expression.matches("[A-Za-z0-9_.-]+") ? "!" + expression : "!(" + expression + ")";
  }

  /** The booleans that a conditional rule depends on, by value, in the order of their mention. */
  public List<Integer> booleans(int conditional) {
    Set<Integer> values = new LinkedHashSet<>();
    Conditionals all = policy.conditionals();
    for (Conditionals.Step step : all.expression(all.block(conditional))) {
      if (step.operator() == Conditionals.Operator.BOOLEAN) {
        values.add(step.bool());
      }
    }
    return List.copyOf(values);
  }

  private record Part(String text, Conditionals.Operator operator) {
    String within(Conditionals.Operator outer) {
      boolean bare =
          operator == Conditionals.Operator.BOOLEAN
              || operator == Conditionals.Operator.NOT
              || operator == outer
                  && (outer == Conditionals.Operator.AND || outer == Conditionals.Operator.OR);
      return bare ? text : "(" + text + ")";
    }
  }

  private String expression(List<Conditionals.Step> steps) {
    if (steps.size() > MAX_STEPS) {
      return "an expression of " + steps.size() + " steps";
    }
    Deque<Part> stack = new ArrayDeque<>();
    for (Conditionals.Step step : steps) {
      Conditionals.Operator operator = step.operator();
      switch (operator) {
        case BOOLEAN -> stack.push(new Part(policy.booleanNames().name(step.bool()), operator));
        case NOT -> stack.push(new Part("!" + stack.pop().within(operator), operator));
        default -> {
          Part right = stack.pop();
          Part left = stack.pop();
          stack.push(
              new Part(
                  left.within(operator) + " " + sign(operator) + " " + right.within(operator),
                  operator));
        }
      }
    }
    return stack.pop().text();
  }

  private static String sign(Conditionals.Operator operator) {
    return switch (operator) {
      case OR -> "||";
      case AND -> "&&";
      case XOR -> "^";
      case EQ -> "==";
      case NEQ -> "!=";
      case NOT, BOOLEAN -> "";
    };
  }
}
