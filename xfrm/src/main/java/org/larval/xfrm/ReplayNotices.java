package org.larval.xfrm;

import org.larval.packet.Effects;

/**
 * Tells who listens how sequence numbers run, so that a standby can take an SA over
 * (XFRM_MSG_NEWAE; xfrm_replay_notify). Costs nothing while nobody listens.
 */
final class ReplayNotices {
  private static final long TENTH = 100_000_000L;

  private final Agenda agenda;

  /** Whether somebody listens. */
  boolean on;

  /** net.core.xfrm_aevent_rseqth. */
  int maxDiff = 2;

  /** net.core.xfrm_aevent_etime, tenths of seconds. */
  int maxAge = 10;

  ReplayNotices(Agenda agenda) {
    this.agenda = agenda;
  }

  /** A state was installed. */
  void installed(long now, State state) {
    if (on) {
      ReplayWatch watch = watch(now, state);
      watch.deferred = false;
      arm(now, watch);
    }
  }

  /** A packet took the next number. */
  void sent(long now, State state, Effects out) {
    if (on) {
      tell(now, watch(now, state), false, out);
    }
  }

  /** A packet was marked in the window. */
  void received(long now, State state, Effects out) {
    Transform transform = state.transform();
    if (on && transform != null && transform.replayWindow() > 0) {
      ReplayWatch watch = watch(now, state);
      watch.touched = true;
      tell(now, watch, false, out);
    }
  }

  /** The time between two events is over. */
  void onTimer(long now, ReplayWatch watch, Effects out) {
    if (watch.state.lifecycle != State.Lifecycle.VALID) {
      return;
    }
    if (on) {
      tell(now, watch, true, out);
    } else {
      watch.deferred = true;
    }
  }

  private void tell(long now, ReplayWatch watch, boolean byTimer, Effects out) {
    State state = watch.state;
    Transform transform = state.transform();
    if (transform == null) {
      return;
    }
    long in = transform.lastIn();
    long sent = transform.lastOut();
    boolean timer = byTimer;
    if (!byTimer) {
      int threshold = state.replayMaxDiff() < 0 ? maxDiff : state.replayMaxDiff();
      boolean far =
          threshold != 0 && (in - watch.toldIn >= threshold || sent - watch.toldOut >= threshold);
      if (!far && !watch.deferred) {
        return;
      }
      timer = !far;
    } else if (in == watch.toldIn && sent == watch.toldOut && !watch.touched) {
      watch.deferred = true;
      return;
    }
    watch.toldIn = in;
    watch.toldOut = sent;
    watch.touched = false;
    out.emit(new XfrmEvent.Replay(state, timer, in, sent));
    if (age(state) != 0) {
      if (!watch.timer.armed()) {
        watch.deferred = false;
      }
      arm(now, watch);
    }
  }

  private int age(State state) {
    return state.replayMaxAge() < 0 ? maxAge : state.replayMaxAge();
  }

  private void arm(long now, ReplayWatch watch) {
    if (age(watch.state) != 0) {
      agenda.arm(watch.timer, now + age(watch.state) * TENTH);
    }
  }

  /** A state that was installed before anybody listened has let its timer pass. */
  private ReplayWatch watch(long now, State state) {
    ReplayWatch watch = state.watch;
    if (watch == null) {
      watch = new ReplayWatch(state);
      watch.deferred =
          age(state) != 0 && now - state.addTime * StateDatabase.SECOND >= age(state) * TENTH;
      Transform transform = state.transform();
      if (transform != null && state.packets == 0) {
        watch.toldIn = transform.lastIn();
        watch.toldOut = 0;
      }
      state.watch = watch;
    }
    return watch;
  }
}
