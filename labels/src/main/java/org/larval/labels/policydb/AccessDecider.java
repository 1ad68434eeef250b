package org.larval.labels.policydb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.larval.labels.policydb.Conditionals.Switches;

/**
 * Decides from the rules alone, without a cache (context_struct_compute_av): what the rules of all
 * attributes of both types grant, less what constraints, a change of role and bounds withhold.
 */
final class AccessDecider {
  /** Rows up to so many times as long as the target's list of attributes are scanned. */
  private static final int SCAN = 4;

  private static final int ALLOW = RuleKind.ALLOW.code();
  private static final int AUDITALLOW = RuleKind.AUDITALLOW.code();

  private final PolicyDb policy;
  private final Types types;
  private final Roles roles;
  private final RuleTable rules;
  private final Conditionals conditionals;
  private final TransitionRules.Index transitions;
  private final Constraint[][] constraints;
  private final int process;
  private final int transition;

  AccessDecider(PolicyDb policy, TransitionRules.Index transitions) {
    this.policy = policy;
    this.transitions = transitions;
    types = policy.types();
    roles = policy.roles();
    rules = policy.vectors();
    conditionals = policy.conditionals();
    constraints = new Constraint[policy.classNames().limit() + 1][];
    for (int value = 0; value < constraints.length; value++) {
      PolicyClass each = policy.securityClass(value);
      constraints[value] =
          each == null ? new Constraint[0] : each.constraints().toArray(new Constraint[0]);
    }
    process = policy.classNames().value("process");
    PolicyClass processClass = policy.securityClass(process);
    transition =
        processClass == null
            ? 0
            : processClass.bit("transition") | processClass.bit("dyntransition");
  }

  /** Fills in a decision. */
  void decide(
      PolicyContext source,
      PolicyContext target,
      int securityClass,
      Switches switches,
      AccessVector out) {
    out.allowed = 0;
    out.auditallow = 0;
    out.auditdeny = -1;
    out.permissive = policy.permissive(source.type());
    collect(source.type(), target.type(), securityClass, switches, out);
    out.granted = out.allowed;
    for (Constraint constraint : constraints[securityClass]) {
      if ((constraint.permissions() & out.allowed) != 0
          && !constraint.holds(roles, source, target, target)) {
        out.allowed &= ~constraint.permissions();
      }
    }
    out.unconstrained = out.allowed;
    if (securityClass == process
        && (out.allowed & transition) != 0
        && source.role() != target.role()
        && !transitions.mayBecome(source.role(), target.role())) {
      out.allowed &= ~transition;
    }
    out.roleAllowed = out.allowed;
    int bounds = types.bounds(source.type());
    if (bounds != 0) {
      AccessVector parent = new AccessVector();
      int targetBounds = types.bounds(target.type());
      decide(
          source.withType(bounds),
          targetBounds == 0 ? target : target.withType(targetBounds),
          securityClass,
          switches,
          parent);
      out.allowed &= parent.allowed;
    }
  }

  /**
   * Adds up the rules between all attributes of the one type and all of the other. A rule's row is
   * found by its source; of the row those targets count that are attributes of the target.
   */
  private void collect(
      int source, int target, int securityClass, Switches switches, AccessVector out) {
    ValueSet set = types.attributes(target);
    long[] words = set.words();
    int base = set.base();
    int[] list = types.attributeList(target);
    for (int attribute : types.attributeList(source)) {
      int row = rules.row(securityClass, attribute);
      if (row < 0) {
        continue;
      }
      int at = rules.start(row);
      int end = rules.end(row);
      if (end - at <= SCAN * list.length) {
        for (; at < end; at++) {
          long rule = rules.rule(at);
          int bit = RuleTable.target(rule) - 1;
          int word = (bit >> 6) - base;
          if (word >= 0 && word < words.length && (words[word] >>> bit & 1) != 0) {
            apply(rule, switches, out);
          }
        }
      } else {
        for (int wanted : list) {
          at = rules.search(at, end, wanted);
          for (; at < end && RuleTable.target(rules.rule(at)) == wanted; at++) {
            apply(rules.rule(at), switches, out);
          }
        }
      }
    }
  }

  private void apply(long rule, Switches switches, AccessVector out) {
    int kind = RuleTable.kind(rule);
    int data = RuleTable.payload(rule);
    if ((kind & RuleTable.CONDITIONAL) != 0) {
      if (!switches.enabled(data)) {
        return;
      }
      data = conditionals.data(data);
      kind &= ~RuleTable.CONDITIONAL;
    }
    if (kind == ALLOW) {
      out.allowed |= data;
    } else if (kind == AUDITALLOW) {
      out.auditallow |= data;
    } else {
      out.auditdeny &= data;
    }
  }

  /** Whether all rules of a class agree to a change of a label. */
  boolean mayChange(
      PolicyContext before, PolicyContext after, PolicyContext task, int securityClass) {
    for (Constraint constraint : validations(securityClass)) {
      if (!constraint.holds(roles, before, after, task)) {
        return false;
      }
    }
    return true;
  }

  private List<Constraint> validations(int securityClass) {
    return Objects.requireNonNull(policy.securityClass(securityClass)).validations();
  }

  /** The constraints that withhold some of these permissions. */
  List<Constraint> withholding(
      PolicyContext source, PolicyContext target, int securityClass, int permissions) {
    return Arrays.stream(constraints[securityClass])
        .filter(constraint -> (constraint.permissions() & permissions) != 0)
        .filter(constraint -> !constraint.holds(roles, source, target, target))
        .toList();
  }

  /** All rules between the attributes of two types, those switched off included. */
  List<TypeRule> rules(int source, int target, int securityClass) {
    List<TypeRule> found = new ArrayList<>();
    for (int attribute : types.attributeList(source)) {
      int row = rules.row(securityClass, attribute);
      if (row >= 0) {
        for (int at = rules.start(row); at < rules.end(row); at++) {
          long rule = rules.rule(at);
          if (types.attributes(target).contains(RuleTable.target(rule))) {
            found.add(TypeRule.of(policy, securityClass, attribute, rule));
          }
        }
      }
    }
    return found;
  }
}
