package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;

/**
 * From a policy's templates to states, with an acquire for what is missing (xfrm_tmpl_resolve and
 * xfrm_state_find). The result stands in the fields until the next call.
 */
final class Resolver {
  /** The kernel accepts policies with 6 templates and resolves at most 5 (XFRM_MAX_DEPTH). */
  private static final int MAX_RESOLVED = 5;

  private final StateDatabase states;
  private final Agenda agenda;
  private final AssociationPolicy labels;
  private final PeerRoutes routes;
  private final XfrmStats stats;
  private final SaMissPolicy rules;

  /** Whether some key manager listens for acquires; without one none is sent. */
  boolean listening = true;

  /** Seconds that a larval state lives (net.core.xfrm_acq_expires). */
  int acquireExpires = 30;

  /**
   * The larval state that an SA has just taken the place of, while those try again who waited or
   * slept for it. To ask for exactly the same again would bring the same answer, and so for ever.
   */
  @Nullable State answered;

  private int lastSequence;

  /** The states found, innermost first. */
  final State[] found = new State[MAX_RESOLVED];

  int count;

  /** What the first unresolved template is for. */
  @Nullable Template missing;

  /** The larval state that the search met or made. */
  @Nullable State larval;

  /** Whether it was made, or its acquire repeated, just now. */
  boolean asked;

  /** Acquires that wait until the caller has its answer; see {@link #tell}. */
  private final XfrmEvent.Acquire[] toTell = new XfrmEvent.Acquire[2 * MAX_RESOLVED];

  private int toTellCount;

  /** Whether it failed because a state is declared for the other direction. */
  boolean wrongDirection;

  /** A state that says that the key manager failed. */
  @Nullable State failed;

  private @Nullable State best;

  // Where the current template's SA runs from and to.
  private boolean v6;
  private long targetHigh;
  private long targetLow;
  private long sourceHigh;
  private long sourceLow;

  Resolver(
      StateDatabase states,
      Agenda agenda,
      AssociationPolicy labels,
      PeerRoutes routes,
      XfrmStats stats,
      SaMissPolicy rules) {
    this.states = states;
    this.agenda = agenda;
    this.labels = labels;
    this.routes = routes;
    this.stats = stats;
    this.rules = rules;
  }

  /** OK with {@link #count} states, EAGAIN if an SA is missing, or another error. */
  Errno resolve(long now, FlowKey flow, InstalledPolicy policy) {
    return resolve(now, flow, policy, null);
  }

  /**
   * The same for a sub-policy and the main policy that it is combined with. Both begin at the
   * flow's addresses; for IPv6 what was found is brought into order, as in Linux.
   */
  Errno resolve(
      long now, FlowKey flow, InstalledPolicy policy, @Nullable InstalledPolicy combined) {
    count = 0;
    missing = null;
    larval = null;
    failed = null;
    asked = false;
    wrongDirection = false;
    toTellCount = 0;
    Errno errno = add(now, flow, policy);
    if (errno == Errno.OK && combined != null) {
      errno = add(now, flow, combined);
      if (errno == Errno.OK && flow.v6) {
        ApplicationOrder.sort(found, count);
      }
    }
    return errno;
  }

  private Errno add(long now, FlowKey flow, InstalledPolicy policy) {
    if (count + policy.templates.length > MAX_RESOLVED) {
      return Errno.ENOBUFS;
    }
    v6 = flow.v6;
    targetHigh = flow.targetHigh;
    targetLow = flow.targetLow;
    sourceHigh = flow.sourceHigh;
    sourceLow = flow.sourceLow;
    for (Template template : policy.templates) {
      if (template.mode().isTunnel() && !endpoints(template)) {
        return Errno.ENETUNREACH;
      }
      Errno errno = find(now, flow, template, policy);
      State chosen = best;
      if (errno == Errno.OK && chosen != null) {
        if (chosen.direction() == Direction.IN) {
          stats.count(XfrmStats.Counter.OUT_STATE_DIR_ERROR);
          wrongDirection = true;
          return Errno.EINVAL;
        }
        found[count++] = chosen;
      } else if (!template.optional()) {
        missing = template;
        return errno;
      }
    }
    return Errno.OK;
  }

  /** This end of the SA that {@link #missing} is for. */
  IpAddress missingSource() {
    return new IpAddress(v6, sourceHigh, sourceLow);
  }

  /** The other end of it. */
  IpAddress missingTarget() {
    return new IpAddress(v6, targetHigh, targetLow);
  }

  /**
   * Sends the acquires of the last call. To be called when the caller is done with the fields:
   * whoever hears of an acquire may answer at once.
   */
  void tell(Effects out) {
    int waiting = toTellCount;
    toTellCount = 0;
    if (waiting == 1) {
      out.emit(toTell[0]);
    } else if (waiting > 1) {
      for (XfrmEvent.Acquire acquire : Arrays.copyOf(toTell, waiting)) {
        out.emit(acquire);
      }
    }
  }

  /** The template's endpoints become the addresses of this and the next templates. */
  private boolean endpoints(Template template) {
    IpAddress target = template.target();
    IpAddress source = template.source();
    if (source.isAny()) {
      IpAddress routed = routes.source(target);
      if (routed == null) {
        return false;
      }
      source = routed;
    }
    v6 = target.v6();
    targetHigh = target.high();
    targetLow = target.low();
    sourceHigh = source.high();
    sourceLow = source.low();
    return true;
  }

  /**
   * The state that the first template of a policy would get for a flow, or null. Asks nobody for
   * one.
   */
  @Nullable State peek(FlowKey flow, InstalledPolicy policy) {
    v6 = flow.v6;
    targetHigh = flow.targetHigh;
    targetLow = flow.targetLow;
    sourceHigh = flow.sourceHigh;
    sourceLow = flow.sourceLow;
    Template template = policy.templates[0];
    if (template.mode().isTunnel() && !endpoints(template)) {
      return null;
    }
    State larvalBefore = larval;
    State failedBefore = failed;
    search(flow, template, policy);
    larval = larvalBefore;
    failed = failedBefore;
    return best;
  }

  private Errno find(long now, FlowKey flow, Template template, InstalledPolicy policy) {
    State larvalBefore = larval;
    State failedBefore = failed;
    search(flow, template, policy);
    if (best != null) {
      larval = larvalBefore;
      failed = failedBefore;
      return Errno.OK;
    }
    State pending = larval;
    if (pending != null) {
      repeat(pending);
      return Errno.EAGAIN;
    }
    return failed != null ? Errno.EAGAIN : acquire(now, flow, template, policy);
  }

  /** Both chains of xfrm_state_find: with this source, then with any. */
  private void search(FlowKey flow, Template template, InstalledPolicy policy) {
    best = null;
    larval = null;
    failed = null;
    look(chain(sourceHigh, sourceLow, template, policy), flow, template, policy);
    if (best == null && larval == null && states.hasFromAny()) {
      look(chain(0, 0, template, policy), flow, template, policy);
    }
  }

  private @Nullable State chain(
      long fromHigh, long fromLow, Template template, InstalledPolicy policy) {
    return states.byPeers(
        v6,
        targetHigh,
        targetLow,
        fromHigh,
        fromLow,
        template.reqid(),
        policy.policy.ifId(),
        template.mode(),
        template.protocol());
  }

  private void look(
      @Nullable State newest, FlowKey flow, Template template, InstalledPolicy policy) {
    if (newest != null
        && states.foundForAll()
        && template.spi() == 0
        && policy.policy.label() == null
        && best == null) {
      best = newest;
      return;
    }
    Mark mark = policy.policy.mark();
    int wanted = mark.value() & mark.mask();
    for (State state = newest; state != null; state = state.nextByPeers) {
      if ((wanted & state.markMask) == state.markValue
          && (template.spi() == 0 || template.spi() == state.spi)
          && !state.wildcardReceiver) {
        weigh(state, flow, policy);
        if (best == state && !state.dying && states.inOrder()) {
          // Nothing behind it is newer.
          return;
        }
      }
    }
  }

  private void weigh(State state, FlowKey flow, InstalledPolicy policy) {
    switch (state.lifecycle) {
      case VALID -> {
        if (fits(state, flow, policy) && (best == null || better(state, best))) {
          best = state;
        }
      }
      case ACQ -> {
        if (sameResolution(state, flow, policy)) {
          larval = state;
        }
      }
      case ERROR, EXPIRED -> {
        boolean concerns =
            rules.larvalMatch() == SaMissPolicy.LarvalMatch.PEERS
                ? fits(state, flow, policy)
                : sameResolution(state, flow, policy);
        if (concerns) {
          failed = state;
        }
      }
      case VOID, DEAD -> {}
    }
  }

  /** Not dying beats dying, then the newer second of installation wins. */
  private static boolean better(State state, State than) {
    return state.dying == than.dying ? state.addTime > than.addTime : !state.dying;
  }

  private boolean fits(State state, FlowKey flow, InstalledPolicy policy) {
    Selector selector = state.selector();
    return (selector == null || selector.matches(flow)) && labelFits(state, flow, policy);
  }

  /**
   * selinux_xfrm_state_pol_flow_match: both labelled or neither, and the SID exactly the flow's.
   */
  private boolean labelFits(State state, FlowKey flow, InstalledPolicy policy) {
    SecurityLabel label = state.label();
    if (policy.policy.label() == null || label == null) {
      return policy.policy.label() == null && label == null;
    }
    return label.algorithm() == 1
        && label.sid() == flow.label
        && labels.sendto(flow.label, label.sid());
  }

  private boolean sameResolution(State state, FlowKey flow, InstalledPolicy policy) {
    AcquireKey key = state.key;
    return switch (rules.larvalMatch()) {
      case PEERS -> true;
      case POLICY -> key == null || isSame(state, policy);
      case LABEL ->
          key == null
              || isSame(state, policy)
                  && StateDatabase.sid(state) == (policy.policy.label() == null ? 0 : flow.label);
    };
  }

  private static boolean isSame(State state, InstalledPolicy policy) {
    XfrmEvent.Acquire acquire = state.acquire;
    return acquire != null && acquire.policy().index() == policy.policy.index();
  }

  private void repeat(State pending) {
    int after = rules.acquires().afterSuppressed();
    XfrmEvent.Acquire acquire = pending.acquire;
    if (after > 0 && pending.suppressed >= after && acquire != null) {
      pending.suppressed = 0;
      asked = true;
      toTell[toTellCount++] = acquire;
    } else {
      pending.suppressed++;
    }
  }

  private Errno acquire(long now, FlowKey flow, Template template, InstalledPolicy policy) {
    Mark mark = policy.policy.mark();
    int wanted = mark.value() & mark.mask();
    if (template.spi() != 0
        && states.find(v6, targetHigh, targetLow, template.spi(), template.protocol(), wanted)
            != null) {
      return Errno.EEXIST;
    }
    if (!listening) {
      return Errno.EAGAIN;
    }
    if (wasAnswered(flow, template)) {
      return Errno.ESRCH;
    }
    SecurityLabel label = null;
    if (policy.policy.label() != null) {
      if (flow.label == 0) {
        return Errno.EINVAL;
      }
      label = SecurityLabel.selinux(flow.label, labels.context(flow.label));
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    lastSequence = lastSequence == -1 ? 1 : lastSequence + 1;
    IpAddress source = new IpAddress(v6, sourceHigh, sourceLow);
    IpAddress target = new IpAddress(v6, targetHigh, targetLow);
    Selector selector = Selector.exactly(flow);
    State made =
        State.of(source, target, template.spi(), template.protocol())
            .reqid(template.reqid())
            .mode(template.mode())
            .mark(policy.policy.mark())
            .ifId(policy.policy.ifId())
            .selector(selector)
            .label(label)
            .direction(Direction.OUT)
            .sequence(lastSequence)
            .build();
    XfrmEvent.Acquire event =
        new XfrmEvent.Acquire(
            lastSequence,
            source,
            target,
            selector,
            template,
            policy.policy,
            label,
            policy.policy.mark(),
            policy.policy.ifId());
    made.acquire = event;
    made.key = key(policy, template, source, target, flow.label);
    made.askedAt = now;
    states.insert(now, made, State.Lifecycle.ACQ);
    agenda.arm(made.timer, now + firstWait());
    larval = made;
    asked = true;
    toTell[toTellCount++] = event;
    return Errno.EAGAIN;
  }

  private boolean wasAnswered(FlowKey flow, Template template) {
    XfrmEvent.Acquire before = answered == null ? null : answered.acquire;
    return before != null
        && before.template().equals(template)
        && before.selector().matches(flow)
        && (before.label() == null || before.label().sid() == flow.label);
  }

  private long firstWait() {
    if (rules.acquires().every() > 0) {
      return rules.acquires().every();
    }
    int own = rules.acquires().expires();
    return (own > 0 ? own : acquireExpires) * StateDatabase.SECOND;
  }

  /** The key of the queue and of the resolution, as wide as the scope says. */
  AcquireKey key(
      InstalledPolicy policy, Template template, IpAddress source, IpAddress target, int flowSid) {
    return switch (rules.scope()) {
      case POLICY -> new AcquireKey(policy, null, null, 0, 0, 0, 0, Mark.NONE);
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
}
