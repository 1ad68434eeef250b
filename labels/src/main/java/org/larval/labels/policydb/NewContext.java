package org.larval.labels.policydb;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.Conditionals.Switches;
import org.larval.labels.policydb.PolicyClass.Default;

/** The context of something new, or newly labeled (security_compute_sid, mls_compute_sid). */
final class NewContext {
  /** What the context is for. */
  enum Purpose {
    TRANSITION(RuleKind.TYPE_TRANSITION),
    MEMBER(RuleKind.TYPE_MEMBER),
    CHANGE(RuleKind.TYPE_CHANGE);

    private final RuleKind kind;

    Purpose(RuleKind kind) {
      this.kind = kind;
    }
  }

  private final PolicyDb policy;
  private final TransitionRules.Index transitions;
  private final int process;

  NewContext(PolicyDb policy, TransitionRules.Index transitions) {
    this.policy = policy;
    this.transitions = transitions;
    this.process = policy.classNames().value("process");
  }

  /**
   * The new context, or null if the policy does not allow it to exist.
   *
   * @param asProcess whether role, type and range are the source's unless a rule says otherwise: in
   *     the kernel so for sockets as well
   * @param name of the new object, for filename transitions
   */
  @Nullable PolicyContext compute(
      Purpose purpose,
      PolicyContext source,
      PolicyContext target,
      int classValue,
      boolean asProcess,
      @Nullable String name,
      Switches switches) {
    PolicyClass securityClass = Objects.requireNonNull(policy.securityClass(classValue));
    boolean own = asProcess || classValue == process;
    int user =
        purpose == Purpose.MEMBER || securityClass.user() == Default.TARGET
            ? target.user()
            : source.user();
    int role =
        chosen(
            securityClass.role(),
            source.role(),
            target.role(),
            own ? source.role() : PolicyContext.OBJECT_ROLE);
    int type =
        chosen(
            securityClass.type(),
            source.type(),
            target.type(),
            own ? source.type() : target.type());
    int ruled = typeByRule(purpose.kind, source.type(), target.type(), classValue, switches);
    if (ruled != 0) {
      type = ruled;
    }
    if (purpose == Purpose.TRANSITION) {
      int newRole = transitions.role(source.role(), target.type(), classValue);
      role = newRole == 0 ? role : newRole;
      if (name != null) {
        int named = transitions.type(name, source.type(), target.type(), classValue);
        type = named == 0 ? type : named;
      }
    }
    MlsRange range = range(purpose, source, target, securityClass, own);
    if (range == null) {
      return null;
    }
    PolicyContext context = new PolicyContext(user, role, type, range);
    return policy.contexts().valid(context) ? context : null;
  }

  private static int chosen(Default from, int source, int target, int otherwise) {
    return switch (from) {
      case SOURCE -> source;
      case TARGET -> target;
      case UNSET -> otherwise;
    };
  }

  /** The type that a rule for exactly these types gives: an unconditional one comes first. */
  private int typeByRule(
      RuleKind kind, int source, int target, int securityClass, Switches switches) {
    RuleTable rules = policy.typeRules();
    int row = rules.row(securityClass, source);
    if (row < 0) {
      return 0;
    }
    int end = rules.end(row);
    int switched = 0;
    for (int at = rules.search(rules.start(row), end, target);
        at < end && RuleTable.target(rules.rule(at)) == target;
        at++) {
      long rule = rules.rule(at);
      int code = RuleTable.kind(rule);
      int payload = RuleTable.payload(rule);
      if (code == kind.code()) {
        return payload;
      }
      if (switched == 0
          && code == (kind.code() | RuleTable.CONDITIONAL)
          && switches.enabled(payload)) {
        switched = policy.conditionals().data(payload);
      }
    }
    return switched;
  }

  private @Nullable MlsRange range(
      Purpose purpose,
      PolicyContext source,
      PolicyContext target,
      PolicyClass securityClass,
      boolean own) {
    if (!policy.mls()) {
      return PolicyContext.NO_RANGE;
    }
    MlsRange one = source.range();
    if (purpose == Purpose.MEMBER) {
      return MlsRange.at(one.low());
    }
    if (purpose == Purpose.TRANSITION) {
      MlsRange ruled = transitions.range(source.type(), target.type(), securityClass.value());
      if (ruled != null) {
        return ruled;
      }
      MlsRange other = target.range();
      switch (securityClass.range()) {
        case UNSET -> {}
        case SOURCE_LOW -> {
          return MlsRange.at(one.low());
        }
        case SOURCE_HIGH -> {
          return MlsRange.at(one.high());
        }
        case SOURCE_LOW_HIGH -> {
          return one;
        }
        case TARGET_LOW -> {
          return MlsRange.at(other.low());
        }
        case TARGET_HIGH -> {
          return MlsRange.at(other.high());
        }
        case TARGET_LOW_HIGH -> {
          return other;
        }
        case GLBLUB -> {
          return common(one, other);
        }
      }
    }
    return own ? one : MlsRange.at(one.low());
  }

  /** What two ranges have in common, or null (mls_context_glblub). */
  private static @Nullable MlsRange common(MlsRange one, MlsRange other) {
    int low = Math.max(one.low().sensitivity(), other.low().sensitivity());
    int high = Math.min(one.high().sensitivity(), other.high().sensitivity());
    if (low > high) {
      return null;
    }
    return new MlsRange(
        new MlsLevel(low, one.low().categories().intersection(other.low().categories())),
        new MlsLevel(high, one.high().categories().intersection(other.high().categories())));
  }
}
