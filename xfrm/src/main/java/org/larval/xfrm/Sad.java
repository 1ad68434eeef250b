package org.larval.xfrm;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;

/**
 * The security association database of a guest, as key managers and people see it: {@code ip xfrm
 * state}. What it refuses it leaves as it was; what it changes those hear of who wait for an SA.
 */
public final class Sad {
  private final SaMissPolicy rules;
  private final Agenda agenda;
  private final StateDatabase states;
  private final StateClock clock;
  private final ReplayNotices notices;
  private final Resolver resolver;
  private final Acquirer acquirer;
  private final Waiters waiters;
  private final RunningUpdate running;

  /** Whether somebody listens to {@link XfrmEvent.Group#SA}. */
  boolean tells;

  Sad(
      SaMissPolicy rules,
      Agenda agenda,
      StateDatabase states,
      StateClock clock,
      ReplayNotices notices,
      Resolver resolver,
      Acquirer acquirer,
      Waiters waiters) {
    this.rules = rules;
    this.agenda = agenda;
    this.states = states;
    this.clock = clock;
    this.notices = notices;
    this.resolver = resolver;
    this.acquirer = acquirer;
    this.waiters = waiters;
    running = new RunningUpdate(states, clock, waiters);
  }

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
    if (tells) {
      out.emit(new XfrmEvent.StateAdded(state, update));
    }
    waiters.installed(now, state, larval, out);
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
    if (old.lifecycle != State.Lifecycle.ACQ) {
      Errno errno = running.update(now, old, state, out);
      if (errno == Errno.OK && tells) {
        out.emit(new XfrmEvent.StateAdded(state, true));
      }
      return errno;
    }
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
    agenda.arm(state.timer, now + acquirer.expires * StateDatabase.SECOND);
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
    if (tells) {
      out.emit(new XfrmEvent.StateDeleted(state));
    }
    waiters.statesChanged();
    waiters.wake(out);
    return Errno.OK;
  }

  /** Deletes all states, larval ones included. */
  public void flush(long now, Effects out) {
    flush(now, 0, out);
  }

  /**
   * Deletes all states of a protocol, larval ones included.
   *
   * @param protocol 0 for all
   */
  public void flush(long now, int protocol, Effects out) {
    int gone = 0;
    for (State state : states.list()) {
      if (state.companionOf == 0
          && state.lifecycle != State.Lifecycle.DEAD
          && (protocol == 0 || state.protocol == protocol)) {
        states.remove(state);
        gone++;
      }
    }
    if (tells && gone > 0) {
      out.emit(new XfrmEvent.StatesFlushed(protocol));
    }
    waiters.statesChanged();
    waiters.wake(out);
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

  /** The state that an inbound packet of this identity and mark would use, or null. */
  public @Nullable State find(State.Id id, int mark) {
    return states.find(id, mark);
  }

  /** The same by the words of an address, for who looks up much. */
  public @Nullable State find(
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
  public int count() {
    return states.size();
  }

  /** How many of them have a label (selinux_xfrm_refcount, its other part being the policies). */
  public int labeled() {
    return states.labeled();
  }

  /** All states, larval ones included, in the order of installation. */
  public List<State> list() {
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
        waiters.failed(now, larval, cause, out);
      }
    }
    waiters.wake(out);
    return Errno.OK;
  }

  // Time.

  /** A state's timer fired: an acquire is due again, or a limit was reached. */
  void onTimer(long now, State state, Effects out) {
    SaMissPolicy.Acquires acquires = rules.acquires();
    XfrmEvent.Acquire acquire = state.acquire;
    if (state.lifecycle == State.Lifecycle.ACQ && acquire != null && acquires.every() > 0) {
      if (now - state.askedAt < acquires.giveUp()) {
        agenda.arm(state.timer, now + acquires.every());
        out.emit(acquire);
        return;
      }
      end(now, state, out);
      waiters.giveUp(now, state, out);
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
    waiters.statesChanged();
    out.emit(new XfrmEvent.Expire(state, true));
    if (larval && !rules.polls() && rules.acquires().every() == 0) {
      waiters.failed(now, state, XfrmEvent.Cause.UNREACHABLE, out);
    }
    waiters.wake(out);
  }
}
