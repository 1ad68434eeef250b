package org.larval.lab.reach;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.lab.reach.ReachReport.Check;
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
  private final Map<String, PolicyContext> known = new HashMap<>();

  Asker(PolicyDb policy) {
    this.policy = policy;
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

  Check check(PolicyContext source, PolicyContext target, String name, String permission) {
    PolicyClass securityClass = policy.securityClass(name);
    int bit = securityClass == null ? 0 : securityClass.bit(permission);
    String why = null;
    if (securityClass == null || bit == 0) {
      why =
          policy.handleUnknown() == PolicyDb.HandleUnknown.ALLOW
              ? null
              : "the policy does not know it";
    } else {
      server.decide(source, target, securityClass.value(), vector);
      why = policy.permissive(source.type()) ? null : why(bit);
    }
    return new Check(text(source), text(target), name, permission, why == null, why);
  }

  private @Nullable String why(int bit) {
    if ((vector.allowed() & bit) != 0) {
      return null;
    }
    if ((vector.granted() & bit) == 0) {
      return "no rule allows it";
    }
    return (vector.unconstrained() & bit) == 0
        ? "a constraint withholds it"
        : (vector.roleAllowed() & bit) == 0 ? "no role allow" : "the type's bounds withhold it";
  }
}
