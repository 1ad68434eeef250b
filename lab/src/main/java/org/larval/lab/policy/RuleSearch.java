package org.larval.lab.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.SecurityServer;
import org.larval.labels.policydb.TypeRule;
import org.larval.labels.policydb.Types;
import org.larval.labels.why.PolicyText;

/**
 * Looks rules up, as sesearch does. What is not asked for is anything.
 *
 * @param kinds words such as {@code allow}
 * @param source a type or attribute
 * @param target a type or attribute
 * @param tclass a class
 * @param permissions a rule has one of these
 * @param direct whether a rule must name the type itself, not just an attribute that it has
 */
public record RuleSearch(
    Set<String> kinds,
    @Nullable String source,
    @Nullable String target,
    @Nullable String tclass,
    List<String> permissions,
    boolean direct) {

  /** The rules, sorted by their text. */
  PolicyAnswer.Rules of(SecurityServer server) {
    PolicyDb policy = server.policy();
    int[] sources = types(policy, source);
    int[] targets = types(policy, target);
    int wantedClass = tclass == null ? 0 : securityClass(policy, tclass).value();
    PolicyText texts = new PolicyText(policy);
    List<PolicyAnswer.Rule> found = new ArrayList<>();
    policy.forEachRule(
        rule -> {
          if ((wantedClass == 0 || rule.securityClass() == wantedClass)
              && (kinds.isEmpty() || kinds.contains(rule.kind().word()))
              && fits(policy, sources, rule.source())
              && fits(policy, targets, rule.target())
              && permits(policy, rule)) {
            found.add(rule(server, texts, rule));
          }
        });
    found.sort(
        Comparator.comparing(PolicyAnswer.Rule::rule)
            .thenComparing(rule -> String.valueOf(rule.condition())));
    return new PolicyAnswer.Rules("search", List.copyOf(found));
  }

  /** The types that are asked for, or just the name; empty for any. */
  private int[] types(PolicyDb policy, @Nullable String name) {
    if (name == null) {
      return new int[0];
    }
    Types types = policy.types();
    int value = types.names().value(name);
    if (value == 0) {
      throw new QuestionException(
          "there is no type or attribute '" + name + "' in this policy",
          QuestionException.didYouMean(types.names().nearest(name), "name one of the policy"));
    }
    return direct ? new int[] {value} : types.members(value);
  }

  static PolicyClass securityClass(PolicyDb policy, String name) {
    PolicyClass known = policy.securityClass(name);
    if (known == null) {
      throw new QuestionException(
          "there is no class '" + name + "' in this policy",
          QuestionException.didYouMean(
              policy.classNames().nearest(name), "name one of the policy"));
    }
    return known;
  }

  private boolean fits(PolicyDb policy, int[] wanted, int value) {
    if (wanted.length == 0) {
      return true;
    }
    if (direct || !policy.types().isAttribute(value)) {
      return Arrays.binarySearch(wanted, value) >= 0;
    }
    return Arrays.stream(wanted).anyMatch(type -> policy.types().attributes(type).contains(value));
  }

  private boolean permits(PolicyDb policy, TypeRule rule) {
    if (permissions.isEmpty()) {
      return true;
    }
    PolicyClass known = Objects.requireNonNull(policy.securityClass(rule.securityClass()));
    boolean vector =
        switch (rule.kind()) {
          case ALLOW, AUDITALLOW, DONTAUDIT -> true;
          default -> false;
        };
    return vector && permissions.stream().anyMatch(name -> (known.bit(name) & rule.data()) != 0);
  }

  private static PolicyAnswer.Rule rule(SecurityServer server, PolicyText texts, TypeRule rule) {
    boolean conditional = rule.conditional() >= 0;
    return new PolicyAnswer.Rule(
        rule.kind().word(),
        texts.rule(rule),
        conditional ? texts.condition(rule.conditional()) : null,
        !conditional || server.enabled(rule.conditional()));
  }
}
