package org.larval.xfrm;

import org.larval.packet.Effects;
import org.larval.packet.Errno;

/** What XFRM_MSG_UPDSA changes in a state that is no longer larval (xfrm_state_update). */
final class RunningUpdate {
  private final StateDatabase states;
  private final StateClock clock;
  private final Waiters waiters;

  RunningUpdate(StateDatabase states, StateClock clock, Waiters waiters) {
    this.states = states;
    this.clock = clock;
    this.waiters = waiters;
  }

  /** See {@link Sad#update}. */
  Errno update(long now, State old, State given, Effects out) {
    if (StateRules.check(given) != Errno.OK) {
      return Errno.EINVAL;
    }
    if (given.direction != old.direction) {
      return Errno.ESRCH;
    }
    Encap encap = given.encap;
    if (old.lifecycle != State.Lifecycle.VALID
        || (encap == null ? null : encap.type()) != (old.encap == null ? null : old.encap.type())) {
      return Errno.EINVAL;
    }
    old.encap = encap;
    old.lifetimes = given.lifetimes;
    old.dying = false;
    states.changed(old);
    clock.start(now, old);
    if (old.useTime >= 0 && clock.check(now, old) == StateClock.Expiry.SOFT) {
      out.emit(new XfrmEvent.Expire(old, false));
    }
    boolean marks = !given.outputMark.equals(Mark.NONE);
    if (marks) {
      old.outputMark = given.outputMark;
    }
    if (given.ifId != 0 && given.ifId != old.ifId) {
      states.changeInterface(old, given.ifId);
    }
    if (marks || given.ifId != 0) {
      states.bumpGenerations(old);
      waiters.statesChanged();
    }
    Transform unused = given.transform();
    if (unused != null && !unused.equals(old.transform())) {
      unused.erase();
    }
    return Errno.OK;
  }
}
