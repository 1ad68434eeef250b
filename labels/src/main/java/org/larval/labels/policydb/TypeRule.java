package org.larval.labels.policydb;

import java.util.Objects;

/**
 * One rule of types as it stands in the policy.
 *
 * @param kind what it says
 * @param source a type or attribute
 * @param target a type or attribute
 * @param securityClass its class
 * @param data the permissions, of a dontaudit those not logged; or the new type; or the number of
 *     its extended permissions
 * @param conditional its number among the conditional rules, or -1
 */
public record TypeRule(
    RuleKind kind, int source, int target, int securityClass, int data, int conditional) {
  static TypeRule of(PolicyDb policy, int securityClass, int source, long rule) {
    int code = RuleTable.kind(rule);
    int payload = RuleTable.payload(rule);
    boolean conditional = (code & RuleTable.CONDITIONAL) != 0;
    RuleKind kind = Objects.requireNonNull(RuleKind.of(code & ~RuleTable.CONDITIONAL));
    int data = conditional ? policy.conditionals().data(payload) : payload;
    return new TypeRule(
        kind,
        source,
        RuleTable.target(rule),
        securityClass,
        kind == RuleKind.DONTAUDIT ? ~data : data,
        conditional ? payload : -1);
  }
}
