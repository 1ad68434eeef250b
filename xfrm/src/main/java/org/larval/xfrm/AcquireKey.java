package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/**
 * What one resolution is for. A hold queue belongs to one key; which parts are filled in is the
 * {@link SaMissPolicy.Scope}, the others are null or 0.
 *
 * @param policy the policy as installed; compared by identity
 * @param source this end: the flow's source, or the tunnel's
 * @param target the other end
 * @param label the flow's SID under a labelled policy, else 0
 */
record AcquireKey(
    @Nullable InstalledPolicy policy,
    @Nullable IpAddress source,
    @Nullable IpAddress target,
    int protocol,
    int reqid,
    int label,
    int ifId,
    Mark mark) {
  /** The key of a queue and of a resolution, as wide as the scope says. */
  static AcquireKey of(
      SaMissPolicy.Scope scope,
      InstalledPolicy policy,
      Template template,
      IpAddress source,
      IpAddress target,
      int flowSid) {
    return switch (scope) {
      case POLICY -> of(policy);
      case PEER -> new AcquireKey(null, source, target, 0, 0, 0, 0, Mark.NONE);
      case ACQUIRE_KEY ->
          new AcquireKey(
              policy,
              source,
              target,
              template.protocol(),
              template.reqid(),
              policy.policy.label() == null ? 0 : flowSid,
              policy.policy.ifId(),
              policy.policy.mark());
    };
  }

  /** The key of all that waits under a policy. */
  static AcquireKey of(InstalledPolicy policy) {
    return new AcquireKey(policy, null, null, 0, 0, 0, 0, Mark.NONE);
  }
}
