package org.larval.xfrm;

/** The limits of states in bytes, packets and seconds (xfrm_state.c). */
final class StateClock {
  private final Agenda agenda;
  private final StateDatabase states;

  StateClock(Agenda agenda, StateDatabase states) {
    this.agenda = agenda;
    this.states = states;
  }

  /** What a state is told by its limits. */
  enum Expiry {
    NONE,
    SOFT,
    HARD
  }

  /** Starts the clock of a state with limits of time: looked at first after a second. */
  void start(long now, State state) {
    if (state.lifetimes.timed()) {
      agenda.arm(state.timer, now + StateDatabase.SECOND);
    } else {
      agenda.cancel(state.timer);
    }
  }

  /**
   * To be asked before a packet is counted (xfrm_state_check_expire). A hard limit ends the state
   * by its timer at once.
   */
  Expiry check(long now, State state) {
    Lifetimes limits = state.lifetimes;
    if (state.useTime < 0) {
      state.useTime = StateDatabase.seconds(now);
    }
    if (state.bytes >= limits.hardBytes() || state.packets >= limits.hardPackets()) {
      state.lifecycle = State.Lifecycle.EXPIRED;
      states.changed(state);
      agenda.arm(state.timer, now);
      return Expiry.HARD;
    }
    if (!state.dying
        && (state.bytes >= limits.softBytes() || state.packets >= limits.softPackets())) {
      state.dying = true;
      states.changed(state);
      return Expiry.SOFT;
    }
    return Expiry.NONE;
  }

  /** A state's timer fired (xfrm_timer_handler): what is due now; re-arms it if nothing hard is. */
  Expiry onTimer(long now, State state) {
    if (state.lifecycle != State.Lifecycle.VALID) {
      return Expiry.HARD;
    }
    Lifetimes limits = state.lifetimes;
    long clock = StateDatabase.seconds(now);
    long used = state.useTime < 0 ? clock : state.useTime;
    long hard = left(limits.hardAdd(), state.addTime, clock);
    if (hard <= 0) {
      if (!state.awaitsSoft) {
        return Expiry.HARD;
      }
      // An update moved the hard limit past a soft one that is yet to be told: the kernel moves
      // the time of birth instead.
      state.addTime = clock - state.awaited - 1;
      hard = limits.hardAdd() - state.awaited;
    }
    long next = Math.min(hard, left(limits.hardUse(), used, clock));
    if (left(limits.hardUse(), used, clock) <= 0) {
      return Expiry.HARD;
    }
    boolean soft = false;
    if (!state.dying) {
      long softAdd = left(limits.softAdd(), state.addTime, clock);
      if (softAdd <= 0) {
        soft = true;
        state.awaitsSoft = false;
      } else if (softAdd < next) {
        next = softAdd;
        state.awaitsSoft = true;
        state.awaited = softAdd;
      }
      long softUse = left(limits.softUse(), used, clock);
      soft |= softUse <= 0;
      next = softUse > 0 ? Math.min(next, softUse) : next;
      if (soft) {
        state.dying = true;
        states.changed(state);
      }
    }
    if (next != Long.MAX_VALUE) {
      long wait = Math.clamp(next, 0, Integer.MAX_VALUE);
      agenda.arm(state.timer, now + wait * StateDatabase.SECOND);
    }
    return soft ? Expiry.SOFT : Expiry.NONE;
  }

  /** Seconds until a limit; 0 seconds are no limit, as in the kernel. */
  static long left(long limit, long from, long clock) {
    return Lifetimes.limits(limit) ? limit + from - clock : Long.MAX_VALUE;
  }
}
