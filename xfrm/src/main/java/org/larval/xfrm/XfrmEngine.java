package org.larval.xfrm;

import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
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
  private final PolicyDatabase policies;
  private final StateDatabase states = new StateDatabase(agenda);
  private final StateClock clock = new StateClock(agenda, states);
  private final ReplayNotices notices = new ReplayNotices(agenda);
  private final XfrmStats stats = new XfrmStats();
  private final SaMissPolicy rules;
  private final Resolver resolver;
  private final HoldDesk desk;
  private final OutputPath outputPath;
  private final InputPath inputPath;
  private final PolicyCheck policyCheck;
  private final PolicyStep step;
  private final Migrator migrator;
  private boolean tellsStates;
  private boolean tellsPolicies;
  private final QuotedFlow quoted = new QuotedFlow();

  /**
   * An engine without policies and states.
   *
   * @param place the guest's name, for trails
   */
  public XfrmEngine(String place, SaMissPolicy rules, AssociationPolicy labels, PeerRoutes routes) {
    this.rules = rules;
    policies = new PolicyDatabase(labels);
    resolver = new Resolver(states, agenda, labels, routes, stats, rules);
    desk =
        new HoldDesk(
            rules,
            place,
            policies,
            resolver,
            agenda,
            (now, flow, ifId, who, out) -> lookup(now, flow, ifId, null, false, who, out));
    step = new PolicyStep(policies, labels, routes, rules, stats, resolver, desk);
    outputPath = new OutputPath(place, clock, notices, stats);
    inputPath = new InputPath(place, states, clock, notices, stats);
    migrator = new Migrator(states, clock, policies);
    policyCheck = new PolicyCheck(place, policies, labels, stats);
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

  /**
   * Whether somebody listens to a group of events ({@code ip xfrm monitor}). Nobody does at first,
   * and what nobody listens to costs nothing.
   */
  public void monitor(XfrmEvent.Group group, boolean on) {
    switch (group) {
      case SA -> tellsStates = on;
      case POLICY -> tellsPolicies = on;
      case AEVENTS -> notices.on = on;
    }
  }

  /**
   * When {@link XfrmEvent.Replay} is due for states that say nothing else.
   *
   * @param maxDiff numbers (net.core.xfrm_aevent_rseqth), 2 at first, 0 for never
   * @param maxAge tenths of seconds (net.core.xfrm_aevent_etime), 10 at first, 0 for never
   */
  public void replayThresholds(int maxDiff, int maxAge) {
    if (maxDiff < 0 || maxAge < 0) {
      throw new IllegalArgumentException(
          "thresholds of %d and %d; expected 0 or more".formatted(maxDiff, maxAge));
    }
    notices.maxDiff = maxDiff;
    notices.maxAge = maxAge;
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
    if (tellsPolicies) {
      out.emit(new XfrmEvent.PolicyAdded(fresh.policy, !exclusive));
    }
    policyChanged(now, old, fresh, out);
    return Errno.OK;
  }

  /** Deletes a policy; ENOENT if there is none. */
  public Errno deletePolicy(long now, Policy.Identity identity, Effects out) {
    return deleteByUser(now, policies.get(identity), out);
  }

  /** Deletes a policy by its index; ENOENT if there is none. */
  public Errno deletePolicy(long now, int index, Effects out) {
    return deleteByUser(now, policies.get(index), out);
  }

  private Errno deleteByUser(long now, @Nullable InstalledPolicy policy, Effects out) {
    Errno errno = delete(now, policy, out);
    if (tellsPolicies && policy != null) {
      out.emit(new XfrmEvent.PolicyDeleted(policy.policy));
    }
    return errno;
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

  /** Deletes all policies of both types. */
  public void flushPolicies(long now, Effects out) {
    flush(now, policies.all(), out);
  }

  /** Deletes all policies of a type; ESRCH if there is none. */
  public Errno flushPolicies(long now, PolicyType type, Effects out) {
    List<InstalledPolicy> gone =
        policies.all().stream().filter(policy -> policy.policy.type() == type).toList();
    flush(now, gone, out);
    return gone.isEmpty() ? Errno.ESRCH : Errno.OK;
  }

  private void flush(long now, List<InstalledPolicy> gone, Effects out) {
    // All at once: held packets must not fall from one into the next on their way out.
    for (InstalledPolicy policy : gone) {
      agenda.cancel(policy.timer);
      policies.remove(policy);
    }
    if (tellsPolicies && !gone.isEmpty()) {
      out.emit(new XfrmEvent.PoliciesFlushed());
    }
    for (InstalledPolicy policy : gone) {
      policyChanged(now, policy, null, out);
    }
  }

  /** The policy of an identity, or null. */
  public @Nullable InstalledPolicy policy(Policy.Identity identity) {
    return policies.get(identity);
  }

  /** The policy of an index, or null. */
  public @Nullable InstalledPolicy policy(int index) {
    return policies.get(index);
  }

  /** How many policies of both types a direction has (XFRM_MSG_GETSPDINFO). */
  public int policyCount(Direction direction) {
    return policies.count(direction);
  }

  /** The policies of a direction in the order in which they are looked at, sorted for the call. */
  public List<InstalledPolicy> policies(Direction direction) {
    return policies.inOrder(direction);
  }

  /** All policies in the order of installation. */
  public List<InstalledPolicy> policies() {
    return policies.all();
  }

  /**
   * A key manager demands expiry of a policy (XFRM_MSG_POLEXPIRE): a hard one deletes it. ENOENT if
   * there is none.
   */
  public Errno expirePolicy(long now, Policy.Identity identity, boolean hard, Effects out) {
    InstalledPolicy policy = policies.get(identity);
    if (policy == null) {
      return Errno.ENOENT;
    }
    if (hard) {
      delete(now, policy, out);
    }
    out.emit(new XfrmEvent.PolicyExpired(policy.policy, hard));
    return Errno.OK;
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
   * @return EEXIST if an equal one exists; EINVAL without a transform or an SPI, or if it has what
   *     its direction, protocol or encap excludes; ENOBUFS if the database is full
   */
  public Errno install(long now, State state, Effects out) {
    Errno checked = checked(state);
    if (checked != Errno.OK) {
      return checked;
    }
    if (states.duplicateOf(state) != null) {
      return Errno.EEXIST;
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    State larval = states.answeredBy(state, rules.larvalMatchesLabel());
    states.bumpGenerations(state);
    put(now, state, larval, false, out);
    return Errno.OK;
  }

  private static Errno checked(State state) {
    return state.transform() == null || state.spi == 0 || state.lifecycle != State.Lifecycle.VOID
        ? Errno.EINVAL
        : StateRules.check(state);
  }

  /** Puts in a valid state, takes out the larval one, and tells everybody. */
  private void put(long now, State state, @Nullable State larval, boolean update, Effects out) {
    states.insert(now, state, State.Lifecycle.VALID);
    clock.start(now, state);
    NatKeepalive.installed(now, state, agenda);
    notices.installed(now, state);
    if (larval != null) {
      states.remove(larval);
    }
    if (tellsStates) {
      out.emit(new XfrmEvent.StateAdded(state, update));
    }
    desk.bump();
    State before = resolver.answered;
    resolver.answered = larval;
    desk.onInstall(now, state, out);
    wake(out);
    resolver.answered = before;
  }

  /**
   * XFRM_MSG_UPDSA: completes a larval state, or gives a valid one other limits, ports of its
   * encap, and a set-mark or an interface if one is given; its keys and numbers stay, and it is not
   * dying any more.
   *
   * @return ESRCH if there is none of this direction; EINVAL if the encap differs in kind or the
   *     state is over, or as {@link #install}
   */
  public Errno update(long now, State state, Effects out) {
    State old = states.duplicateOf(state);
    if (old == null) {
      return Errno.ESRCH;
    }
    if (old.companionOf > 0) {
      return Errno.EEXIST;
    }
    if (old.lifecycle == State.Lifecycle.ACQ) {
      Errno checked = checked(state);
      if (checked != Errno.OK) {
        return checked;
      }
      if (state.direction != null && state.direction != old.direction) {
        return Errno.ESRCH;
      }
      put(now, state, old, true, out);
      return Errno.OK;
    }
    if (StateRules.check(state) != Errno.OK) {
      return Errno.EINVAL;
    }
    if (state.direction != old.direction) {
      return Errno.ESRCH;
    }
    Encap encap = state.encap;
    if (old.lifecycle != State.Lifecycle.VALID
        || (encap == null ? null : encap.type()) != (old.encap == null ? null : old.encap.type())) {
      return Errno.EINVAL;
    }
    old.encap = encap;
    old.lifetimes = state.lifetimes;
    old.dying = false;
    states.changed(old);
    clock.start(now, old);
    if (old.useTime >= 0 && clock.check(now, old) == StateClock.Expiry.SOFT) {
      out.emit(new XfrmEvent.Expire(old, false));
    }
    boolean marks = !state.outputMark.equals(Mark.NONE);
    if (marks) {
      old.outputMark = state.outputMark;
    }
    if (state.ifId != 0 && state.ifId != old.ifId) {
      states.changeInterface(old, state.ifId);
    }
    if (marks || state.ifId != 0) {
      states.bumpGenerations(old);
      desk.bump();
    }
    Transform unused = state.transform();
    if (unused != null && !unused.equals(old.transform())) {
      unused.erase();
    }
    if (tellsStates) {
      out.emit(new XfrmEvent.StateAdded(state, true));
    }
    return Errno.OK;
  }

  /**
   * XFRM_MSG_ALLOCSPI with an SPI already chosen: reserves it; inbound packets that name it count
   * as XfrmAcquireError until {@link #update}.
   */
  public Errno reserve(long now, State state) {
    if (state.spi == 0
        || state.lifecycle != State.Lifecycle.VOID
        || !StateRules.isIpsec(state.protocol)) {
      return Errno.EINVAL;
    }
    if (states.duplicateOf(state) != null) {
      return Errno.EEXIST;
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    makeLarval(now, state);
    return Errno.OK;
  }

  private void makeLarval(long now, State state) {
    states.insert(now, state, State.Lifecycle.ACQ);
    agenda.arm(state.timer, now + resolver.acquireExpires * StateDatabase.SECOND);
  }

  /** What {@link #allocateSpi} answers: the larval state with its SPI if OK, else null. */
  public record Allocation(Errno errno, @Nullable State state) {}

  /**
   * XFRM_MSG_ALLOCSPI: reserves an SPI that no state of this protocol has, whatever its
   * destination. The larval state that waits for the same peers gets it, else a new one.
   *
   * @param like addresses, protocol, mode, reqid, mark, interface, direction and sequence number;
   *     SPI 0
   * @param low the least SPI, 0 to 0xffffffff; 0 itself is never given
   * @param high the greatest SPI, 65535 at most for IPCOMP
   * @param random chooses among them
   * @return EINVAL for an impossible range or protocol, ENOENT if none was found free, ENOBUFS if
   *     the database is full
   */
  public Allocation allocateSpi(long now, State like, long low, long high, RandomGenerator random) {
    Errno range = StateRules.range(like.protocol, low, high);
    if (range != Errno.OK || like.spi != 0 || like.lifecycle != State.Lifecycle.VOID) {
      return new Allocation(Errno.EINVAL, null);
    }
    State larval = like.sequence() == 0 ? null : states.larval(like.sequence());
    if (larval == null
        || larval.lifecycle != State.Lifecycle.ACQ
        || !larval.target().equals(like.target())
        || !larval.mark().matches(like.markValue)) {
      larval = states.larvalLike(like, rules.larvalMatchesLabel());
    }
    boolean fresh = larval == null;
    if (larval == null) {
      if (states.full()) {
        return new Allocation(Errno.ENOBUFS, null);
      }
      makeLarval(now, like);
      larval = like;
    }
    if (larval.spi == 0 && !states.allocateSpi(larval, low, high, random)) {
      if (fresh) {
        states.remove(larval);
      }
      return new Allocation(Errno.ENOENT, null);
    }
    if (like.direction != null) {
      larval.direction = like.direction;
    }
    return new Allocation(Errno.OK, larval);
  }

  /**
   * Deletes a state; ESRCH if there is none, EPERM if others need it ({@link Transform#companion}).
   */
  public Errno delete(long now, State.Id id, int mark, Effects out) {
    State state = states.find(id, mark);
    if (state == null) {
      return Errno.ESRCH;
    }
    if (state.companionOf > 0) {
      return Errno.EPERM;
    }
    states.remove(state);
    if (tellsStates) {
      out.emit(new XfrmEvent.StateDeleted(state));
    }
    desk.bump();
    wake(out);
    return Errno.OK;
  }

  /** Deletes all states, larval ones included. */
  public void flushStates(long now, Effects out) {
    flushStates(now, 0, out);
  }

  /**
   * Deletes all states of a protocol, larval ones included.
   *
   * @param protocol 0 for all
   */
  public void flushStates(long now, int protocol, Effects out) {
    int gone = 0;
    for (State state : states.list()) {
      if (state.companionOf == 0
          && state.lifecycle != State.Lifecycle.DEAD
          && (protocol == 0 || state.protocol == protocol)) {
        states.remove(state);
        gone++;
      }
    }
    if (tellsStates && gone > 0) {
      out.emit(new XfrmEvent.StatesFlushed(protocol));
    }
    desk.bump();
    wake(out);
  }

  /**
   * A key manager demands expiry (XFRM_MSG_EXPIRE): everybody hears of it, and a hard one deletes
   * the state. ENOENT if there is none, EINVAL if it is not valid.
   */
  public Errno expire(long now, State.Id id, int mark, boolean hard, Effects out) {
    State state = states.find(id, mark);
    if (state == null) {
      return Errno.ENOENT;
    }
    if (state.lifecycle != State.Lifecycle.VALID) {
      return Errno.EINVAL;
    }
    if (hard) {
      end(now, state, out);
    } else {
      out.emit(new XfrmEvent.Expire(state, false));
    }
    return Errno.OK;
  }

  /**
   * Moves a policy's templates and its states to other endpoints in one step (XFRM_MSG_MIGRATE):
   * keys, sequence numbers, replay windows and lifetimes go on. All or nothing.
   *
   * @param selector its addresses, and protocol and ports if it has any, find the policy as a flow
   *     would
   * @param migrations 1 to 6, none twice
   * @param encap the new one of all states, or null to leave it
   * @param ifId the xfrm interface, 0 for none
   * @return EINVAL for an impossible list, ENOENT without a policy, ENODATA if a state cannot be
   *     moved or no template is concerned
   */
  public Errno migrate(
      long now,
      Selector selector,
      Direction direction,
      List<Migration> migrations,
      @Nullable Encap encap,
      int ifId,
      Effects out) {
    Errno errno = migrator.migrate(now, selector, direction, migrations, encap, ifId);
    InstalledPolicy before = migrator.before;
    InstalledPolicy after = migrator.after;
    if (errno != Errno.OK || before == null || after == null) {
      return errno;
    }
    if (before.timer.armed()) {
      agenda.arm(after.timer, before.timer.at());
      agenda.cancel(before.timer);
    }
    List<State> made = List.copyOf(migrator.made);
    for (State state : made) {
      NatKeepalive.installed(now, state, agenda);
      notices.installed(now, state);
    }
    out.emit(new XfrmEvent.Migrated(selector, direction, List.copyOf(migrations), encap));
    policyChanged(now, before, after, out);
    for (State state : made) {
      desk.onInstall(now, state, out);
    }
    return Errno.OK;
  }

  /** The state that an inbound packet of this identity and mark would use, or null. */
  public @Nullable State state(State.Id id, int mark) {
    return states.find(id, mark);
  }

  /** The same by the words of an address, for who looks up much. */
  public @Nullable State state(
      boolean v6, long targetHigh, long targetLow, int spi, int protocol, int mark) {
    return states.find(v6, targetHigh, targetLow, spi, protocol, mark);
  }

  /**
   * The state that the first template of a policy would get for a flow, or null (xfrm_state_find).
   * Asks no key manager.
   *
   * @param policy with a template; of a socket or installed
   */
  public @Nullable State outbound(FlowKey flow, InstalledPolicy policy) {
    return resolver.peek(flow, policy);
  }

  /** How many states there are, larval ones included. */
  public int stateCount() {
    return states.size();
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
    return lookup(now, flow, 0, null, false, who, out);
  }

  /**
   * The policy step (xfrm_lookup). Where {@code disable_xfrm} is set, as it is on the loopback
   * device at first, it must not be asked.
   *
   * @param ifId the xfrm interface, 0 for none
   * @param socket the policies of the socket, or null
   * @param loopback whether the route leaves by a loopback device, where the default action does
   *     not count
   */
  public Lookup lookup(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable SocketPolicies socket,
      boolean loopback,
      Who who,
      Effects out) {
    return step.lookup(now, flow, ifId, socket, loopback, who, out);
  }

  /**
   * The policy step for a packet of which some flow is known already, with the second chance that
   * ICMP errors have: one that would go in clear is protected as the packet that it quotes would
   * be, if the policy has the flag icmp (xfrm_out_fwd_icmp).
   *
   * @param packet reader index at the IP header
   */
  public Lookup lookup(
      long now, FlowKey flow, Packet packet, int ifId, boolean loopback, Who who, Effects out) {
    Lookup answer = step.lookup(now, flow, ifId, null, loopback, who, out);
    if (answer instanceof Lookup.Bypass && quoted.decode(packet, flow)) {
      Bundle bundle = step.lookupQuoted(now, quoted.flow, ifId, loopback, who, out);
      return bundle == null ? answer : bundle;
    }
    return answer;
  }

  /**
   * The policy step for an ICMP error that this host makes itself; see {@link
   * PolicyStep#lookupError}.
   *
   * @param answer the flow of the packet that the error is about, turned round
   */
  public Lookup lookupError(long now, FlowKey flow, FlowKey answer, boolean loopback, Effects out) {
    return step.lookupError(now, flow, answer, loopback, out);
  }

  /**
   * Gives a socket a policy for a direction, or takes it away (IP_XFRM_POLICY,
   * xfrm_sk_policy_insert). It is looked at before all others, nothing is ever held for it, and no
   * list shows it.
   *
   * @param policy of this direction; null for none
   * @return EINVAL for FWD, a sub-policy, another direction or what {@link #addPolicy} refuses
   */
  public Errno socketPolicy(
      long now, SocketPolicies socket, Direction direction, @Nullable Policy policy) {
    if (direction == Direction.FWD) {
      return Errno.EINVAL;
    }
    if (policy == null) {
      socket.set(direction, null);
      return Errno.OK;
    }
    if (policy.direction() != direction
        || policy.type() != PolicyType.MAIN
        || PolicyDatabase.check(policy) != Errno.OK) {
      return Errno.EINVAL;
    }
    Policy numbered = PolicyDatabase.normal(policy).withIndex(policies.newSocketIndex(direction));
    socket.set(direction, new InstalledPolicy(numbered, Lifetimes.NONE, now));
    return Errno.OK;
  }

  /** Gives an accepted connection's socket what its listener has (xfrm_sk_clone_policy). */
  public void inheritPolicies(long now, SocketPolicies from, SocketPolicies to) {
    for (Direction direction : SocketPolicies.DIRECTIONS) {
      InstalledPolicy policy = from.get(direction);
      if (policy != null) {
        socketPolicy(now, to, direction, policy.policy.withIndex(0));
      }
    }
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
    inputPath.input(now, packet, 0, null, out);
  }

  /**
   * Whether an IP-in-IP packet, addressed to this host, is for {@link #input}: IPComp in tunnel
   * mode sends so what it could not compress.
   */
  public boolean opensPlainTunnel(Packet packet) {
    return inputPath.opensPlainTunnel(packet);
  }

  /** The same for ESP in UDP: a UDP header of 8 bytes stands between IP and ESP. */
  public void inputEncapsulated(long now, Packet packet, Effects out) {
    inputPath.input(now, packet, 8, Encap.Type.ESPINUDP, out);
  }

  /**
   * Whether a packet came as inbound policy demands; if not it was dropped. Reader index at the IP
   * header.
   *
   * @param direction IN for local delivery, FWD before forwarding
   */
  public boolean admits(long now, Packet packet, Direction direction, Effects out) {
    return policyCheck.admits(now, packet, direction, 0, 0, null, out);
  }

  /**
   * The same (__xfrm_policy_check) where more is known.
   *
   * @param ifId the xfrm interface that it came by, 0 for none
   * @param oif the interface that its route leaves by, 0 for unknown
   * @param socket the policies of the receiving socket, or null
   */
  public boolean admits(
      long now,
      Packet packet,
      Direction direction,
      int ifId,
      int oif,
      @Nullable SocketPolicies socket,
      Effects out) {
    return policyCheck.admits(now, packet, direction, ifId, oif, socket, out);
  }

  /**
   * The SID on which all labelled SAs of a packet's security path agree: the flow label of a
   * forwarded packet and the peer label of a delivered one. 0 if none is labelled, -1 if they
   * disagree (XfrmFwdHdrError).
   */
  public static int pathLabel(Packet packet) {
    return PolicyCheck.pathLabel(packet);
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
        case ReplayWatch watch -> notices.onTimer(now, watch, out);
        case NatKeepalive keepalive -> keepalive.onTimer(now, agenda, out);
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
    switch (clock.onTimer(now, state)) {
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
    long used = policy.useTime < 0 ? policy.addTime : policy.useTime;
    long hard =
        Math.min(
            StateDatabase.left(limits.hardAdd(), policy.addTime, clock),
            StateDatabase.left(limits.hardUse(), used, clock));
    if (hard <= 0) {
      delete(now, policy, out);
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, true));
      return;
    }
    long softAdd = StateDatabase.left(limits.softAdd(), policy.addTime, clock);
    long softUse = StateDatabase.left(limits.softUse(), used, clock);
    if (softAdd <= 0 || softUse <= 0) {
      out.emit(new XfrmEvent.PolicyExpired(policy.policy, false));
    }
    long soft =
        Math.min(
            softAdd <= 0 ? POLICY_REMINDER : softAdd, softUse <= 0 ? POLICY_REMINDER : softUse);
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
