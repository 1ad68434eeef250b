package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;

/** From a flow to what becomes of its packets (xfrm_lookup_with_ifid and xfrm_lookup_route). */
final class PolicyStep {
  private static final Lookup.Refuse DEFAULT_BLOCK =
      new Lookup.Refuse(Errno.EPERM, DropReason.XFRM_OUT_POL_BLOCK, null, null);

  private final PolicyDatabase policies;
  private final AssociationPolicy labels;
  private final PeerRoutes routes;
  private final SaMissPolicy rules;
  private final XfrmStats stats;
  private final Resolver resolver;
  private final HoldDesk desk;
  private boolean sleepers;

  PolicyStep(
      PolicyDatabase policies,
      AssociationPolicy labels,
      PeerRoutes routes,
      SaMissPolicy rules,
      XfrmStats stats,
      Resolver resolver,
      HoldDesk desk) {
    this.policies = policies;
    this.labels = labels;
    this.routes = routes;
    this.rules = rules;
    this.stats = stats;
    this.resolver = resolver;
    this.desk = desk;
  }

  /** Whether some caller was told to sleep since this was last asked. */
  boolean takeSleepers() {
    boolean some = sleepers;
    sleepers = false;
    return some;
  }

  /** See {@link XfrmEngine#lookup(long, FlowKey, int, InstalledPolicy, Who, Effects)}. */
  Lookup lookup(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable InstalledPolicy socketPolicy,
      Who who,
      Effects out) {
    if (socketPolicy != null && fits(socketPolicy, flow, ifId)) {
      return under(now, flow, socketPolicy, true, false, who, out);
    }
    InstalledPolicy found = null;
    boolean passedOver = false;
    if (ifId != 0 || !policies.none(Direction.OUT)) {
      found = policies.find(Direction.OUT, flow, ifId, labels);
      passedOver = policies.passedOver();
    }
    if (found == null) {
      if (policies.blocksByDefault(Direction.OUT)) {
        return DEFAULT_BLOCK;
      }
      return passedOver ? Lookup.Bypass.NO_POLICY_LEAK : Lookup.Bypass.NO_POLICY;
    }
    found.useTime = StateDatabase.seconds(now);
    return under(now, flow, found, false, passedOver, who, out);
  }

  private boolean fits(InstalledPolicy socketPolicy, FlowKey flow, int ifId) {
    SecurityLabel label = socketPolicy.policy.label();
    return PolicyDatabase.covers(socketPolicy.policy, flow, ifId)
        && (label == null || labels.polmatch(flow.label, label.sid()));
  }

  private Lookup under(
      long now,
      FlowKey flow,
      InstalledPolicy policy,
      boolean ofSocket,
      boolean passedOver,
      Who who,
      Effects out) {
    if (policy.policy.action() == Policy.Action.BLOCK) {
      stats.count(XfrmStats.Counter.OUT_POL_BLOCK);
      return policy.blocked;
    }
    if (policy.templates.length == 0) {
      return passedOver ? policy.bypassLeak : policy.bypass;
    }
    long generation = desk.stateGeneration();
    Errno errno = resolver.resolve(now, flow, policy);
    Lookup answer =
        switch (errno) {
          case OK -> bundle(policy, passedOver);
          case EAGAIN -> missing(flow, policy, ofSocket, generation, who);
          default -> {
            stats.count(XfrmStats.Counter.OUT_POL_ERROR);
            DropReason reason =
                resolver.wrongDirection
                    ? DropReason.XFRM_OUT_STATE_DIR_ERROR
                    : DropReason.XFRM_OUT_POL_ERROR;
            yield new Lookup.Refuse(errno, reason, policy.policy, null);
          }
        };
    resolver.tell(out);
    return answer;
  }

  private Lookup bundle(InstalledPolicy policy, boolean passedOver) {
    if (resolver.count == 0) {
      return passedOver ? policy.bypassLeak : policy.bypass;
    }
    Bundle cached = policy.bundle;
    if (cached != null && cached.isOver(resolver.found, resolver.count) && cached.valid()) {
      return cached;
    }
    State[] chosen = new State[resolver.count];
    for (int i = 0; i < chosen.length; i++) {
      State state = resolver.found[i];
      if (state.mode().isTunnel() && routes.source(state.target()) == null) {
        stats.count(XfrmStats.Counter.OUT_BUNDLE_GEN_ERROR);
        return new Lookup.Refuse(
            Errno.ENETUNREACH, DropReason.XFRM_OUT_BUNDLE_GEN_ERROR, policy.policy, null);
      }
      chosen[i] = state;
    }
    Bundle fresh = new Bundle(policy, chosen, policies);
    policy.bundle = fresh;
    return fresh;
  }

  /** What the SA-miss policy makes of it. */
  private Lookup missing(
      FlowKey flow, InstalledPolicy policy, boolean ofSocket, long generation, Who who) {
    Miss miss = policy.miss;
    miss.template = resolver.missing;
    miss.larval = resolver.larval;
    miss.asked = resolver.asked;
    if (ofSocket) {
      return policy.again;
    }
    if (resolver.failed != null) {
      switch (rules.onFailure()) {
        case REJECT -> {
          return policy.failed;
        }
        case PASS -> {
          return policy.pass;
        }
        case DROP -> {
          return discarded(policy);
        }
        case WAIT, ERROR_STATE -> {}
      }
    }
    boolean forwarded = who == Who.FORWARD;
    switch (rules.outcome()) {
      case DROP -> {
        return discarded(policy);
      }
      case PASS -> {
        return policy.pass;
      }
      case HOLD -> {
        if (who != Who.STACK_NO_QUEUE) {
          return desk.holdFor(policy, flow, generation);
        }
      }
      case BLOCK -> {
        if (who == Who.LOCAL_BLOCKING) {
          sleepers = true;
          return policy.sleep;
        }
      }
      case FAIL -> {}
    }
    if (forwarded) {
      return discarded(policy);
    }
    stats.count(XfrmStats.Counter.OUT_NO_STATES);
    return policy.again;
  }

  private Lookup discarded(InstalledPolicy policy) {
    stats.count(XfrmStats.Counter.OUT_NO_STATES);
    return policy.blackhole;
  }
}
