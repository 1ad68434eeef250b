package org.larval.guest;

import org.larval.packet.Effects;

/**
 * One timer of a guest. Setting and cancelling cost the logarithm of the guest's armed timers;
 * alarms that fire at one instant fire in the order in which they were set.
 */
public final class Alarm {
  /** What an alarm does when it fires. It is no longer set then, and may be set again. */
  @FunctionalInterface
  public interface Action {
    /** The moment came; {@code now} may be later than what was asked for. */
    void onAlarm(long now, Effects out);
  }

  private final Alarms alarms;
  private final Action action;
  long at;
  long order;

  /** The place in the heap, or -1 while not set. */
  int place = -1;

  Alarm(Alarms alarms, Action action) {
    this.alarms = alarms;
    this.action = action;
  }

  /** Fires at a moment, in nanoseconds since the lab began; replaces an earlier setting. */
  public void set(long moment) {
    alarms.set(this, moment);
  }

  /** Does not fire. */
  public void cancel() {
    alarms.cancel(this);
  }

  /** Whether it is set. */
  public boolean isSet() {
    return place >= 0;
  }

  /** When it fires; meaningful only while set. */
  public long at() {
    return at;
  }

  void fire(long now, Effects out) {
    action.onAlarm(now, out);
  }
}
