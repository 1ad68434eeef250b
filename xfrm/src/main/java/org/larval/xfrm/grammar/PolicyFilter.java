package org.larval.xfrm.grammar;

import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyFlag;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.Selector;

/**
 * Which policies {@code ip xfrm policy list} and {@code deleteall} are about; null and empty for
 * any.
 *
 * @param v6 the family of {@code ip -4} or {@code -6}
 * @param flags one of them is enough
 */
public record PolicyFilter(
    @Nullable Boolean v6,
    Flows flows,
    @Nullable Direction direction,
    @Nullable Integer index,
    @Nullable PolicyType type,
    Policy.@Nullable Action action,
    @Nullable Integer priority,
    Set<PolicyFlag> flags) {
  /** Every policy. */
  public static final PolicyFilter ALL =
      new PolicyFilter(null, Flows.ANY, null, null, null, null, null, Set.of());

  /** Keeps its own copy. */
  public PolicyFilter {
    flags = Set.copyOf(flags);
  }

  /**
   * What the selector must say. Addresses: the policy's must lie in the prefix.
   *
   * @param ifindex of the device
   * @param sourcePort or type, or the high half of a key
   * @param targetPort or code, or the low half of a key
   */
  public record Flows(
      @Nullable Prefix source,
      @Nullable Prefix target,
      @Nullable Integer ifindex,
      @Nullable Integer protocol,
      @Nullable Integer sourcePort,
      @Nullable Integer targetPort) {
    /** Every selector. */
    public static final Flows ANY = new Flows(null, null, null, null, null, null);

    boolean matches(Selector selector) {
      return (source == null || source.contains(selector.source().address()))
          && (target == null || target.contains(selector.target().address()))
          && (ifindex == null || ifindex == selector.ifindex())
          && (protocol == null || protocol == selector.protocol())
          && (sourcePort == null || sourcePort == selector.sourcePort())
          && (targetPort == null || targetPort == selector.targetPort());
    }
  }

  /** Whether a policy is meant. */
  public boolean matches(Policy policy) {
    return (v6 == null || v6 == policy.selector().v6())
        && flows.matches(policy.selector())
        && (direction == null || direction == policy.direction())
        && (index == null || index == policy.index())
        && (type == null || type == policy.type())
        && (action == null || action == policy.action())
        && (priority == null || priority == policy.priority())
        && (flags.isEmpty() || !Collections.disjoint(flags, policy.flags()));
  }
}
