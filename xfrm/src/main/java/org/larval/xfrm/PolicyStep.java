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
  private final Acquirer acquirer;
  private final HoldDesk desk;
  private boolean sleepers;

  PolicyStep(
      PolicyDatabase policies,
      AssociationPolicy labels,
      PeerRoutes routes,
      SaMissPolicy rules,
      XfrmStats stats,
      Resolver resolver,
      Acquirer acquirer,
      HoldDesk desk) {
    this.policies = policies;
    this.labels = labels;
    this.routes = routes;
    this.rules = rules;
    this.stats = stats;
    this.resolver = resolver;
    this.acquirer = acquirer;
    this.desk = desk;
  }

  /** Whether some caller was told to sleep since this was last asked. */
  boolean takeSleepers() {
    boolean some = sleepers;
    sleepers = false;
    return some;
  }

  /** See {@link XfrmEngine#lookup(long, FlowKey, int, SocketPolicies, boolean, Who, Effects)}. */
  Lookup lookup(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable SocketPolicies socket,
      boolean loopback,
      Who who,
      Effects out) {
    Lookup answer = ask(now, flow, ifId, socket, loopback, false, who, out);
    return answer == null ? Lookup.Bypass.NO_POLICY : answer;
  }

  /**
   * The bundle for an ICMP error, by the flow of the packet that it quotes; null if no policy with
   * the flag icmp gives one (XFRM_LOOKUP_ICMP).
   */
  @Nullable Bundle lookupQuoted(
      long now, FlowKey quoted, int ifId, boolean loopback, Who who, Effects out) {
    return ask(now, quoted, ifId, null, loopback, true, who, out) instanceof Bundle bundle
        ? bundle
        : null;
  }

  /**
   * For an ICMP error that this host makes (icmp_route_lookup, icmpv6_route_lookup): where its own
   * flow goes in clear or is forbidden, a policy with the flag icmp for answers to the packet that
   * it is about decides.
   */
  Lookup lookupError(long now, FlowKey flow, FlowKey answer, boolean loopback, Effects out) {
    Lookup own = lookup(now, flow, 0, null, loopback, Who.STACK_NO_QUEUE, out);
    if (!(own instanceof Lookup.Bypass) && !isForbidden(own)) {
      return own;
    }
    Lookup other = ask(now, answer, 0, null, loopback, true, Who.STACK_NO_QUEUE, out);
    boolean counts =
        other instanceof Bundle
            || isForbidden(other)
            || other instanceof Lookup.Bypass bypass && bypass.policy() != null;
    return other != null && counts ? other : own;
  }

  private static boolean isForbidden(@Nullable Lookup answer) {
    return answer instanceof Lookup.Refuse refuse && refuse.errno() == Errno.EPERM;
  }

  private @Nullable Lookup ask(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable SocketPolicies socket,
      boolean loopback,
      boolean icmp,
      Who who,
      Effects out) {
    InstalledPolicy own = socket == null ? null : socket.fitting(Direction.OUT, flow, ifId, labels);
    if (own != null) {
      return under(now, flow, own, null, true, null, icmp, who, out);
    }
    InstalledPolicy found = null;
    InstalledPolicy passedOver = null;
    if (ifId != 0 || !policies.none(Direction.OUT)) {
      found = policies.find(Direction.OUT, flow, ifId);
      passedOver = policies.passedOver();
    }
    if (found == null) {
      if (policies.blocksByDefault(Direction.OUT) && !loopback) {
        return DEFAULT_BLOCK;
      }
      return passedOver == null ? null : leak(passedOver, Lookup.Bypass.NO_POLICY_LEAK);
    }
    InstalledPolicy main = null;
    if (found.sub && !found.blocks) {
      main = policies.findMain(Direction.OUT, flow, ifId);
      passedOver = policies.passedOver();
    }
    return under(now, flow, found, main, false, passedOver, icmp, who, out);
  }

  /** Under a policy, and the main policy that a sub-policy is combined with. */
  private @Nullable Lookup under(
      long now,
      FlowKey flow,
      InstalledPolicy policy,
      @Nullable InstalledPolicy main,
      boolean ofSocket,
      @Nullable InstalledPolicy passedOver,
      boolean icmp,
      Who who,
      Effects out) {
    InstalledPolicy blocking = policy.blocks ? policy : main != null && main.blocks ? main : null;
    int templates = policy.templateCount + (main == null ? 0 : main.templateCount);
    if (blocking == null && templates > 0) {
      long generation = desk.stateGeneration();
      Errno errno = resolver.resolve(now, flow, policy, main);
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
      if (used(answer)) {
        use(now, policy, main);
      }
      acquirer.tell(out);
      return icmp && !policy.icmp ? null : answer;
    }
    if (icmp && !policy.icmp) {
      return null;
    }
    use(now, policy, main);
    if (blocking != null) {
      stats.count(XfrmStats.Counter.OUT_POL_BLOCK);
      return blocking.blocked;
    }
    return passedOver == null ? policy.bypass : leak(passedOver, policy.bypassLeak);
  }

  /** In clear, past a labelled policy that demands protection. */
  private Lookup leak(InstalledPolicy passedOver, Lookup.Bypass bypass) {
    return rules.labelDenied() == SaMissPolicy.LabelDenied.REFUSE ? passedOver.labelDenied : bypass;
  }

  /** Errors leave before Linux writes down the time of use. */
  private static boolean used(Lookup answer) {
    return answer instanceof Bundle
        || answer instanceof Hold
        || answer instanceof Lookup.Bypass
        || answer instanceof Lookup.PassInClear;
  }

  private static void use(long now, InstalledPolicy policy, @Nullable InstalledPolicy main) {
    long clock = StateDatabase.seconds(now);
    policy.useTime = clock;
    if (main != null) {
      main.useTime = clock;
    }
  }

  private Lookup bundle(InstalledPolicy policy, @Nullable InstalledPolicy passedOver) {
    if (resolver.count == 0) {
      return passedOver == null ? policy.bypass : leak(passedOver, policy.bypassLeak);
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
