package org.larval.lab.reach;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.labels.CategorySet;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.Contexts;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.ObjectContexts;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.SecurityServer;

/** Asks the policy, in texts. */
final class Asker {
  private final PolicyDb policy;
  private final SecurityServer server;
  private final Contexts contexts;
  private final AccessVector vector = new AccessVector();
  private final boolean enforcing;
  private final Map<Question, Check> answers = new HashMap<>();
  private final Map<String, PolicyContext> known = new HashMap<>();

  /** What has been asked. */
  private record Question(
      PolicyContext source, PolicyContext target, String name, String permission) {}

  /**
   * Asks a policy.
   *
   * @param enforcing whether its denials take effect
   */
  Asker(PolicyDb policy, boolean enforcing) {
    this.policy = policy;
    this.enforcing = enforcing;
    this.server = new SecurityServer(policy);
    this.contexts = policy.contexts();
  }

  PolicyDb policy() {
    return policy;
  }

  /**
   * Sets booleans.
   *
   * @throws IllegalArgumentException if the policy lacks one
   */
  void set(Map<String, Boolean> booleans) {
    answers.clear();
    server.set(booleans);
  }

  /**
   * The context of a label.
   *
   * @throws InvalidContextException if it means nothing in the policy
   */
  PolicyContext context(String label) {
    PolicyContext context = known.get(label);
    if (context == null) {
      context = contexts.parse(label);
      known.put(label, context);
    }
    return context;
  }

  String text(PolicyContext context) {
    return contexts.text(context);
  }

  /** The context of packets and peers without a label. */
  PolicyContext unlabeled() {
    return Objects.requireNonNull(policy.objects().initial(ObjectContexts.UNLABELED));
  }

  /** Whether the policy knows a class and its permission. */
  boolean knows(String name, String permission) {
    PolicyClass securityClass = policy.securityClass(name);
    return securityClass != null && securityClass.bit(permission) != 0;
  }

  Check check(PolicyContext source, PolicyContext target, String name, String permission) {
    return answers.computeIfAbsent(new Question(source, target, name, permission), this::answer);
  }

  private Check answer(Question question) {
    PolicyContext source = question.source();
    PolicyContext target = question.target();
    PolicyClass securityClass = policy.securityClass(question.name());
    int bit = securityClass == null ? 0 : securityClass.bit(question.permission());
    String why = null;
    if (securityClass == null || bit == 0) {
      why =
          policy.handleUnknown() == PolicyDb.HandleUnknown.ALLOW
              ? null
              : "the policy does not know it";
    } else {
      server.decide(source, target, securityClass.value(), vector);
      why = why(bit, source, target);
    }
    boolean permissive = why != null && (!enforcing || policy.permissive(source.type()));
    return new Check(
        text(source),
        text(target),
        question.name(),
        question.permission(),
        why == null || permissive,
        permissive,
        why);
  }

  private @Nullable String why(int bit, PolicyContext source, PolicyContext target) {
    if ((vector.allowed() & bit) != 0) {
      return null;
    }
    if ((vector.granted() & bit) == 0) {
      return "no rule allows it";
    }
    if ((vector.unconstrained() & bit) == 0) {
      return "a constraint withholds it" + lacking(source, target);
    }
    return (vector.roleAllowed() & bit) == 0 ? "no role allow" : "the type's bounds withhold it";
  }

  /** Most constraints ask whether the low level of the source has the target's categories. */
  private static String lacking(PolicyContext source, PolicyContext target) {
    CategorySet own = source.range().low().categories();
    CategorySet other = target.range().low().categories();
    BitSet missing = new BitSet();
    for (int at = other.next(0); at >= 0; at = other.next(at + 1)) {
      missing.set(at, !own.contains(at));
    }
    return missing.isEmpty() ? "" : ", the source lacks " + CategorySet.of(missing);
  }
}
