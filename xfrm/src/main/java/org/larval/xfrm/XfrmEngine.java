package org.larval.xfrm;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/**
 * One guest's xfrm: databases, look-up, SA-miss desk and both data paths. Sans IO: acquires and
 * other events go out by {@link Effects#emit}; released, transformed and opened packets by {@link
 * Effects#forward}.
 *
 * <p>A packet that the desk releases comes out with {@link Packet#companion} set to the {@link
 * Bundle} to use, or to a {@link Lookup.Bypass} or {@link Lookup.PassInClear} if it goes in clear;
 * one that {@link #output} transformed or {@link #input} opened comes out as it is.
 *
 * <p>The class is long because it is the whole face of the room: one short method for each thing
 * that a stack, a key manager or a person may ask; what they do lives in {@link PolicyStep}, {@link
 * HoldDesk}, {@link InputPath}, {@link OutputPath} and the databases.
 */
public final class XfrmEngine {
  private static final long POLICY_REMINDER = 30;
  private static final int ETHERNET_MTU = 1500;

  private final Agenda agenda = new Agenda();
  private final PolicyDatabase policies = new PolicyDatabase();
  private final StateDatabase states = new StateDatabase(agenda);
  private final XfrmStats stats = new XfrmStats();
  private final SaMissPolicy rules;
  private final Resolver resolver;
  private final HoldDesk desk;
  private final OutputPath outputPath;
  private final InputPath inputPath;
  private final PolicyStep step;

  /**
   * An engine without policies and states.
   *
   * @param place the guest's name, for trails
   */
  public XfrmEngine(String place, SaMissPolicy rules, AssociationPolicy labels, PeerRoutes routes) {
    this.rules = rules;
    resolver = new Resolver(states, agenda, labels, routes, stats, rules);
    desk =
        new HoldDesk(
            rules,
            place,
            policies,
            resolver,
            agenda,
            (now, flow, ifId, who, out) -> lookup(now, flow, ifId, null, who, out));
    step = new PolicyStep(policies, labels, routes, rules, stats, resolver, desk);
    outputPath = new OutputPath(place, states, stats);
    inputPath = new InputPath(place, states, policies, labels, stats);
  }

  // Settings.

  /** The SA-miss policy that it was made with. */
  public SaMissPolicy saMiss() {
    return rules;
  }

  /** Whether any key manager listens for acquires; without one none is sent. True at first. */
  public void keyManagerListening(boolean listening) {
    resolver.listening = listening;
  }

  /**
   * net.core.xfrm_acq_expires, 30 at first.
   *
   * @param seconds at least 1
   */
  public void acquireExpires(int seconds) {
    if (seconds < 1) {
      throw new IllegalArgumentException("acquires must live for at least 1 s, not " + seconds);
    }
    resolver.acquireExpires = seconds;
  }

  /** {@code ip xfrm policy setdefault}. */
  public void defaultAction(long now, Direction direction, Policy.Action action, Effects out) {
    policies.defaultAction(direction, action);
    policyChanged(now, null, null, out);
  }

  /** {@code ip xfrm policy getdefault}. */
  public Policy.Action defaultAction(Direction direction) {
    return policies.blocksByDefault(direction) ? Policy.Action.BLOCK : Policy.Action.ALLOW;
  }

  // Policies.

  /** Adds a policy; EEXIST if one of the same identity exists, EINVAL if it is not possible. */
  public Errno addPolicy(long now, Policy policy, Effects out) {
    return addPolicy(now, policy, Lifetimes.NONE, out);
  }

  /** Adds a policy with limits of time. */
  public Errno addPolicy(long now, Policy policy, Lifetimes lifetimes, Effects out) {
    return insert(now, policy, lifetimes, true, out);
  }

  /** Adds a policy or replaces the one of the same identity, whose packets it takes over. */
  public Errno updatePolicy(long now, Policy policy, Lifetimes lifetimes, Effects out) {
    return insert(now, policy, lifetimes, false, out);
  }

  private Errno insert(
      long now, Policy asked, Lifetimes lifetimes, boolean exclusive, Effects out) {
    Errno checked = PolicyDatabase.check(asked);
    if (checked != Errno.OK) {
      return checked;
    }
    Policy policy = PolicyDatabase.normal(asked);
    InstalledPolicy old = policies.get(policy.identity());
    if (old != null && exclusive) {
      return Errno.EEXIST;
    }
    if (old == null && policies.full()) {
      return Errno.ENOBUFS;
    }
    InstalledPolicy fresh = policies.insert(now, policy, lifetimes);
    if (old != null) {
      agenda.cancel(old.timer);
    }
    if (lifetimes.timed()) {
      agenda.arm(fresh.timer, now + StateDatabase.SECOND);
    }
    policyChanged(now, old, fresh, out);
    return Errno.OK;
  }

  /** Deletes a policy; ENOENT if there is none. */
  public Errno deletePolicy(long now, Policy.Identity identity, Effects out) {
    return delete(now, policies.get(identity), out);
  }

  /** Deletes a policy by its index; ENOENT if there is none. */
  public Errno deletePolicy(long now, int index, Effects out) {
    return delete(now, policies.get(index), out);
  }

  private Errno delete(long now, @Nullable InstalledPolicy policy, Effects out) {
    if (policy == null) {
      return Errno.ENOENT;
    }
    agenda.cancel(policy.timer);
    policies.remove(policy);
    policyChanged(now, policy, null, out);
    return Errno.OK;
  }

  /** Deletes all policies. */
  public void flushPolicies(long now, Effects out) {
    // All at once: held packets must not fall from one into the next on their way out.
    List<InstalledPolicy> gone = policies.all();
    for (InstalledPolicy policy : gone) {
      agenda.cancel(policy.timer);
      policies.remove(policy);
    }
    for (InstalledPolicy policy : gone) {
      policyChanged(now, policy, null, out);
    }
  }

  /** The policy of an identity, or null. */
  public @Nullable InstalledPolicy policy(Policy.Identity identity) {
    return policies.get(identity);
  }

  /** The policies of a direction in the order in which they are looked at. */
  public List<InstalledPolicy> policies(Direction direction) {
    return policies.inOrder(direction);
  }

  /** All policies in the order of installation. */
  public List<InstalledPolicy> policies() {
    return policies.all();
  }

  private void policyChanged(
      long now, @Nullable InstalledPolicy old, @Nullable InstalledPolicy fresh, Effects out) {
    desk.bump();
    desk.onPolicyChange(now, old, fresh, out);
    wake(out);
  }

  /** Raised by every insertion of a policy: cached routes must be looked up again. */
  public long routeGeneration() {
    return policies.routeGeneration();
  }

  // States.

  /**
   * Installs an SA (XFRM_MSG_NEWSA): removes the larval state that it answers and releases held
   * packets where the rules say so.
   *
   * @return EEXIST if an equal one exists, EINVAL without a transform, ENOBUFS if the database is
   *     full
   */
  public Errno install(long now, State state, Effects out) {
    if (state.transform() == null
        || state.id().spi() == 0
        || state.lifecycle != State.Lifecycle.VOID) {
      return Errno.EINVAL;
    }
    if (states.duplicateOf(state) != null) {
      return Errno.EEXIST;
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    State larval = states.answeredBy(state, rules.larvalMatchesLabel());
    states.bumpGenerations(state);
    states.insert(now, state, State.Lifecycle.VALID);
    states.startClock(now, state);
    if (larval != null) {
      states.remove(larval);
    }
    desk.bump();
    State before = resolver.answered;
    resolver.answered = larval;
    desk.onInstall(now, state, out);
    wake(out);
    resolver.answered = before;
    return Errno.OK;
  }

  /**
   * XFRM_MSG_UPDSA: completes a state that was reserved, or gives a valid one other limits.
   *
   * @return ESRCH if there is none
   */
  public Errno update(long now, State state, Effects out) {
    State old = states.duplicateOf(state);
    if (old == null) {
      return Errno.ESRCH;
    }
    if (old.lifecycle == State.Lifecycle.ACQ) {
      if (state.transform() == null) {
        return Errno.EINVAL;
      }
      states.remove(old);
      return install(now, state, out);
    }
    if (old.lifecycle != State.Lifecycle.VALID) {
      return Errno.EINVAL;
    }
    old.lifetimes = state.lifetimes();
    old.dying = false;
    agenda.cancel(old.timer);
    states.startClock(now, old);
    return Errno.OK;
  }

  /**
   * XFRM_MSG_ALLOCSPI: reserves an SPI; inbound packets that name it count as XfrmAcquireError
   * until {@link #update}.
   */
  public Errno reserve(long now, State state) {
    if (state.id().spi() == 0 || state.lifecycle != State.Lifecycle.VOID) {
      return Errno.EINVAL;
    }
    if (states.duplicateOf(state) != null) {
      return Errno.EEXIST;
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    states.insert(now, state, State.Lifecycle.ACQ);
    agenda.arm(state.timer, now + resolver.acquireExpires * StateDatabase.SECOND);
    return Errno.OK;
  }

  /** Deletes a state; ESRCH if there is none. */
  public Errno delete(long now, State.Id id, int mark, Effects out) {
    State state = states.find(id, mark);
    if (state == null) {
      return Errno.ESRCH;
    }
    states.remove(state);
    desk.bump();
    wake(out);
    return Errno.OK;
  }

  /** Deletes all states, larval ones included. */
  public void flushStates(long now, Effects out) {
    for (State state : states.list()) {
      states.remove(state);
    }
    desk.bump();
    wake(out);
  }

  /** A key manager demands expiry (XFRM_MSG_EXPIRE): a hard one deletes the state. */
  public Errno expire(long now, State.Id id, int mark, boolean hard, Effects out) {
    State state = states.find(id, mark);
    if (state == null) {
      return Errno.ESRCH;
    }
    if (hard) {
      end(now, state, out);
    } else if (!state.dying) {
      state.dying = true;
      out.emit(new XfrmEvent.Expire(state, false));
    }
    return Errno.OK;
  }

  /** The state that an inbound packet of this identity and mark would use, or null. */
  public @Nullable State state(State.Id id, int mark) {
    return states.find(id, mark);
  }

  /** All states, larval ones included, in the order of installation. */
  public List<State> states() {
    return states.list();
  }

  /** The key manager could not make the SA of an acquire; ESRCH if nobody waits for it. */
  public Errno acquireFailed(long now, int sequence, Effects out) {
    return acquireFailed(now, sequence, XfrmEvent.Cause.PROHIBITED, out);
  }

  /** The same, and says why. */
  public Errno acquireFailed(long now, int sequence, XfrmEvent.Cause cause, Effects out) {
    State larval = states.larval(sequence);
    if (larval == null || larval.lifecycle != State.Lifecycle.ACQ) {
      return Errno.ESRCH;
    }
    switch (rules.onFailure()) {
      case WAIT -> {
        return Errno.OK;
      }
      case ERROR_STATE -> larval.lifecycle = State.Lifecycle.ERROR;
      case DROP, REJECT, PASS -> {
        if (rules.failureCache() > 0) {
          larval.lifecycle = State.Lifecycle.ERROR;
          agenda.arm(larval.timer, now + rules.failureCache());
        } else {
          states.remove(larval);
        }
        failed(now, larval, cause, out);
      }
    }
    wake(out);
    return Errno.OK;
  }

  private void failed(long now, State larval, XfrmEvent.Cause cause, Effects out) {
    desk.bump();
    XfrmEvent.Acquire acquire = larval.acquire;
    InstalledPolicy policy = acquire == null ? null : policies.get(acquire.policy().index());
    if (policy != null) {
      desk.onFailure(now, larval.key, policy, cause, out);
    }
    desk.onPolicyChange(now, null, null, out);
  }

  private void wake(Effects out) {
    if (step.takeSleepers()) {
      out.emit(XfrmEvent.Wake.ALL);
    }
  }

  // Look-up.

  /** The policy step for a flow of a socket or a forwarded packet. */
  public Lookup lookup(long now, FlowKey flow, Who who, Effects out) {
    return lookup(now, flow, 0, null, who, out);
  }

  /**
   * The policy step (xfrm_lookup). The loopback device must not be asked for, as Linux's {@code
   * disable_xfrm} on it.
   *
   * @param ifId the xfrm interface, 0 for none
   * @param socketPolicy the policy of the socket, made by {@link #forSocket}, or null
   */
  public Lookup lookup(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable InstalledPolicy socketPolicy,
      Who who,
      Effects out) {
    return step.lookup(now, flow, ifId, socketPolicy, who, out);
  }

  /** A policy for one socket (IP_XFRM_POLICY): in no database, and never held for. */
  public InstalledPolicy forSocket(long now, Policy policy) {
    return new InstalledPolicy(PolicyDatabase.normal(policy), Lifetimes.NONE, now);
  }

  // Packets.

  /**
   * Takes a packet for which {@link #lookup} answered {@link Hold}.
   *
   * @return EAGAIN if the queue was full and the packet dropped
   */
  public Errno hold(long now, Hold hold, Packet packet, Effects out) {
    return desk.hold(now, hold, packet, out);
  }

  /**
   * Runs a bundle's transforms over an IP packet, whose reader index is at the IP header, and
   * forwards the result.
   */
  public void output(long now, Packet packet, Bundle bundle, Effects out) {
    output(now, packet, bundle, ETHERNET_MTU, out);
  }

  /** The same for a link that is no Ethernet; only traffic flow padding asks for it. */
  public void output(long now, Packet packet, Bundle bundle, int linkMtu, Effects out) {
    outputPath.output(now, packet, bundle, linkMtu, out);
  }

  /**
   * Opens an ESP, AH or IPCOMP packet that is addressed to this host, whole, reader index at the IP
   * header, and forwards what was inside with its SAs in the security path.
   */
  public void input(long now, Packet packet, Effects out) {
    inputPath.input(now, packet, 0, out);
  }

  /** The same for ESP in UDP: a UDP header of 8 bytes stands between IP and ESP. */
  public void inputEncapsulated(long now, Packet packet, Effects out) {
    inputPath.input(now, packet, 8, out);
  }

  /**
   * Whether a packet came as inbound policy demands; if not it was dropped. Reader index at the IP
   * header.
   *
   * @param direction IN for local delivery, FWD before forwarding
   */
  public boolean admits(long now, Packet packet, Direction direction, Effects out) {
    return inputPath.admits(now, packet, 0, direction, out);
  }

  /**
   * The SID on which all labelled SAs of a packet's security path agree: the flow label of a
   * forwarded packet and the peer label of a delivered one. 0 if none is labelled, -1 if they
   * disagree (XfrmFwdHdrError).
   */
  public static int pathLabel(Packet packet) {
    return InputPath.pathLabel(packet);
  }

  // Time.

  /** When {@link #onDeadline} is to be called next; {@link Long#MAX_VALUE} for never. */
  public long deadline() {
    return agenda.deadline();
  }

  /** Does everything that is due. */
  public void onDeadline(long now, Effects out) {
    for (Agenda.Timer timer = agenda.due(now); timer != null; timer = agenda.due(now)) {
      switch (timer.owner) {
        case State state -> onTimer(now, state, out);
        case InstalledPolicy policy -> onTimer(now, policy, out);
        case HoldQueue queue -> desk.onTimer(now, queue, timer, out);
        default -> throw new AssertionError(timer.owner);
      }
    }
  }

  private void onTimer(long now, State state, Effects out) {
    SaMissPolicy.Acquires acquires = rules.acquires();
    XfrmEvent.Acquire acquire = state.acquire;
    if (state.lifecycle == State.Lifecycle.ACQ && acquire != null && acquires.every() > 0) {
      if (now - state.askedAt < acquires.giveUp()) {
        agenda.arm(state.timer, now + acquires.every());
        out.emit(acquire);
        return;
      }
      end(now, state, out);
      desk.giveUp(now, state.key, out);
      return;
    }
    switch (states.onTimer(now, state)) {
      case HARD -> end(now, state, out);
      case SOFT -> out.emit(new XfrmEvent.Expire(state, false));
      case NONE -> {}
    }
  }

  /** A state is over: the key manager hears of it, and who waited for it has waited in vain. */
  private void end(long now, State state, Effects out) {
    boolean larval = state.lifecycle == State.Lifecycle.ACQ && state.acquire != null;
    if (!states.remove(state)) {
      return;
    }
    desk.bump();
    out.emit(new XfrmEvent.Expire(state, true));
    if (larval && !rules.polls() && rules.acquires().every() == 0) {
      failed(now, state, XfrmEvent.Cause.UNREACHABLE, out);
    }
    wake(out);
  }

  private void onTimer(long now, InstalledPolicy policy, Effects out) {
    Lifetimes limits = policy.lifetimes;
    long clock = StateDatabase.seconds(now);
    long used = policy.useTime < 0 ? clock : policy.useTime;
    long hard =
        Math.min(
            StateDatabase.left(limits.hardAdd(), policy.addTime, clock),
            StateDatabase.left(limits.hardUse(), used, clock));
    if (hard <= 0) {
      delete(now, policy, out);
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, true));
      return;
    }
    long soft =
        Math.min(
            StateDatabase.left(limits.softAdd(), policy.addTime, clock),
            StateDatabase.left(limits.softUse(), used, clock));
    if (soft <= 0) {
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, false));
      soft = POLICY_REMINDER;
    }
    long next = Math.min(hard, soft);
    if (next != Long.MAX_VALUE) {
      agenda.arm(policy.timer, now + Math.min(next, Integer.MAX_VALUE) * StateDatabase.SECOND);
    }
  }

  // Introspection.

  /** The counters of /proc/net/xfrm_stat. */
  public XfrmStats stats() {
    return stats;
  }

  /** What the hold queues did. */
  public HoldStats holdStats() {
    return desk.stats();
  }

  /** Packets in all hold queues. */
  public int heldPackets() {
    return desk.store().heldPackets();
  }

  /** Bytes of packets in all hold queues. */
  public long heldBytes() {
    return desk.store().heldBytes();
  }

  /** Hold queues that hold anything. */
  public int holdQueues() {
    return desk.store().queues();
  }

  /** Whether some transmission of a TCP segment waits in a hold queue. */
  public boolean stillQueued(long segment) {
    return desk.store().stillQueued(segment);
  }

  /** Shows every held packet, oldest queue first, to an action that must leave it as it is. */
  public void forEachHeld(Consumer<Packet> action) {
    desk.forEachHeld(action);
  }

  /** Drops everything held, at the end of a run. */
  public void close(long now, Effects out) {
    desk.close(now, out);
  }
}
