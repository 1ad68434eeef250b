package org.larval.labels.why;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.Constraint;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.RuleKind;
import org.larval.labels.policydb.SecurityServer;
import org.larval.labels.policydb.TransitionRules.RoleAllow;
import org.larval.labels.policydb.TypeRule;

/**
 * Explains the decisions of a policy with its booleans as they stand. Far slower than deciding: it
 * is for people, who read one answer at a time.
 */
public final class Explainer {
  /** How many booleans an expression may have to look for those to switch. */
  private static final int MAX_BOOLEANS = 12;

  private final SecurityServer server;
  private final PolicyDb policy;
  private final PolicyText texts;
  private final ConstraintText constraints;

  /** Explanations of what a server decides. */
  public Explainer(SecurityServer server) {
    this.server = server;
    policy = server.policy();
    texts = new PolicyText(policy);
    constraints = new ConstraintText(policy);
  }

  /** What is known of one permission before remedies are looked for. */
  private record Finding(
      Outcome outcome, boolean logged, List<String> rules, List<Reason> reasons) {}

  /**
   * Explains what the source may do to the target.
   *
   * @param securityClass the name of a class, known to the policy or not
   * @param permissions names; none stands for all of the class
   */
  public Explanation explain(
      PolicyContext source, PolicyContext target, String securityClass, List<String> permissions) {
    PolicyClass known = policy.securityClass(securityClass);
    List<Verdict> verdicts =
        known == null
            ? List.of(unknownClass(securityClass, permissions))
            : verdicts(source, target, known, permissions);
    return new Explanation(server.text(source), server.text(target), securityClass, verdicts);
  }

  private Verdict unknownClass(String name, List<String> permissions) {
    Reason reason = new Reason.Unknown(name, "", handling(), policy.classNames().nearest(name));
    return unknown(permissions, List.of(reason), "class " + name);
  }

  private String handling() {
    return policy.handleUnknown().name().toLowerCase(Locale.ROOT);
  }

  private Verdict unknown(List<String> permissions, List<Reason> reasons, String what) {
    boolean allowed = policy.handleUnknown() == PolicyDb.HandleUnknown.ALLOW;
    return new Verdict(
        permissions,
        allowed ? Outcome.ALLOWED : Outcome.DENIED,
        !allowed,
        List.of(),
        reasons,
        allowed ? List.of() : List.of(new Remedy(new Change.Declare(what), List.of())));
  }

  private List<Verdict> verdicts(
      PolicyContext source, PolicyContext target, PolicyClass known, List<String> permissions) {
    AccessVector vector = new AccessVector();
    server.decide(source, target, known.value(), vector);
    List<String> asked =
        permissions.isEmpty() ? List.of(known.names(known.mask()).split(",")) : permissions;
    Map<Finding, List<String>> groups = new LinkedHashMap<>();
    List<Verdict> verdicts = new ArrayList<>();
    for (String permission : asked) {
      int bit = known.bit(permission);
      if (bit == 0) {
        Reason reason =
            new Reason.Unknown(
                known.name(), permission, handling(), known.permissions().nearest(permission));
        verdicts.add(
            unknown(
                List.of(permission),
                List.of(reason),
                "permission " + permission + " of class " + known.name()));
      } else {
        groups
            .computeIfAbsent(
                finding(source, target, known, bit, vector), finding -> new ArrayList<>())
            .add(permission);
      }
    }
    groups.forEach(
        (finding, names) -> verdicts.add(verdict(finding, source, target, known, names)));
    return verdicts;
  }

  private Finding finding(
      PolicyContext source, PolicyContext target, PolicyClass known, int bit, AccessVector vector) {
    if ((vector.allowed() & bit) != 0) {
      List<String> rules =
          server.rules(source.type(), target.type(), known.value()).stream()
              .filter(rule -> inForce(rule) && (rule.data() & bit) != 0)
              .map(this::withCondition)
              .toList();
      return new Finding(Outcome.ALLOWED, (vector.auditallow() & bit) != 0, rules, List.of());
    }
    List<Reason> reasons = new ArrayList<>();
    if (vector.permissive()) {
      reasons.add(new Reason.Permissive(texts.type(source.type())));
    }
    reasons.addAll(reasons(source, target, known, bit));
    boolean logged = (vector.auditdeny() & bit) != 0 && !policy.neveraudit(source.type());
    return new Finding(
        vector.permissive() ? Outcome.LET_PASS : Outcome.DENIED, logged, List.of(), reasons);
  }

  private boolean inForce(TypeRule rule) {
    return rule.kind() == RuleKind.ALLOW
        && (rule.conditional() < 0 || server.enabled(rule.conditional()));
  }

  private String withCondition(TypeRule rule) {
    return rule.conditional() < 0
        ? texts.rule(rule)
        : "if (" + texts.condition(rule.conditional()) + ") " + texts.rule(rule);
  }

  private Verdict verdict(
      Finding finding,
      PolicyContext source,
      PolicyContext target,
      PolicyClass known,
      List<String> names) {
    List<Remedy> remedies =
        finding.outcome() == Outcome.ALLOWED
            ? List.of()
            : new Remedies(server, constraints, source, target, known, names).of(finding.reasons());
    return new Verdict(
        names, finding.outcome(), finding.logged(), finding.rules(), finding.reasons(), remedies);
  }

  // --- reasons, in the order in which the kernel withholds ---

  private List<Reason> reasons(
      PolicyContext source, PolicyContext target, PolicyClass known, int bit) {
    List<Reason> reasons = new ArrayList<>();
    List<TypeRule> rules =
        server.rules(source.type(), target.type(), known.value()).stream()
            .filter(rule -> rule.kind() == RuleKind.ALLOW && (rule.data() & bit) != 0)
            .toList();
    if (rules.stream().noneMatch(this::inForce)) {
      reasons.add(
          new Reason.NoRule(
              texts.type(source.type()),
              texts.type(target.type()),
              known.name(),
              rules.stream().map(this::switchedOff).distinct().toList()));
    }
    for (Constraint constraint : server.withholding(source, target, known.value(), bit)) {
      reasons.add(constrained(known, constraint, source, target));
    }
    if (changesRole(known, bit) && !mayBecome(source.role(), target.role())) {
      reasons.add(new Reason.RoleChange(role(source.role()), role(target.role())));
    }
    int parent = policy.types().bounds(source.type());
    if (parent != 0) {
      int targetParent = policy.types().bounds(target.type());
      PolicyContext bounded = targetParent == 0 ? target : target.withType(targetParent);
      List<Reason> its = reasons(source.withType(parent), bounded, known, bit);
      if (!its.isEmpty()) {
        reasons.add(
            new Reason.Bounded(
                texts.type(source.type()), texts.type(parent), texts.type(bounded.type()), its));
      }
    }
    return reasons;
  }

  private Reason.Constrained constrained(
      PolicyClass known, Constraint constraint, PolicyContext source, PolicyContext target) {
    List<FailedOperand> operands = new ArrayList<>();
    Expression expression = Expression.of(constraint);
    if (expression != null) {
      List<Expression.Blame> blames = new ArrayList<>();
      expression.blame(node -> constraints.test(node, source, target), true, blames);
      blames.forEach(blame -> operands.add(constraints.failed(blame, source, target)));
    }
    return new Reason.Constrained(
        constraints.statement(known, constraint), operands.stream().distinct().toList());
  }

  private static boolean changesRole(PolicyClass known, int bit) {
    return known.name().equals("process")
        && ((known.bit("transition") | known.bit("dyntransition")) & bit) != 0;
  }

  private boolean mayBecome(int from, int to) {
    return from == to || policy.transitions().roleAllows().contains(new RoleAllow(from, to));
  }

  private String role(int value) {
    String name = policy.roles().names().nameOrNull(value);
    return name == null ? "object_r" : name;
  }

  // --- booleans ---

  private SwitchedOff switchedOff(TypeRule rule) {
    boolean[] now = server.booleans();
    List<Integer> used = texts.booleans(rule.conditional());
    List<BooleanState> states =
        used.stream().map(value -> new BooleanState(name(value), now[value])).toList();
    List<BooleanState> flips = List.of();
    for (int count = 1; count <= used.size() && used.size() <= MAX_BOOLEANS; count++) {
      flips = flips(rule.conditional(), used, count, now);
      if (!flips.isEmpty()) {
        break;
      }
    }
    return new SwitchedOff(texts.rule(rule), texts.condition(rule.conditional()), states, flips);
  }

  private String name(int bool) {
    return policy.booleanNames().name(bool);
  }

  /** So many booleans to turn around, the first such set that makes the rule hold. */
  private List<BooleanState> flips(int conditional, List<Integer> used, int count, boolean[] now) {
    var all = policy.conditionals();
    for (int set = 0; set < 1 << used.size(); set++) {
      if (Integer.bitCount(set) == count) {
        boolean[] then = now.clone();
        List<BooleanState> flips = new ArrayList<>();
        for (int i = 0; i < used.size(); i++) {
          if ((set >> i & 1) != 0) {
            int value = used.get(i);
            then[value] = !then[value];
            flips.add(new BooleanState(name(value), then[value]));
          }
        }
        if (all.evaluate(all.block(conditional), then) == all.whenTrue(conditional)) {
          return flips;
        }
      }
    }
    return List.of();
  }
}
