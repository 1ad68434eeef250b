package org.larval.xfrm;

import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything in the engine that waits for a moment, in one ordered structure: states, policies and
 * hold queues. Entries due at the same moment fire in the order in which they were armed.
 */
final class Agenda {
  /** One appointment; its owner keeps it and arms it again and again. */
  static final class Timer implements Comparable<Timer> {
    final Object owner;
    private long at = Long.MAX_VALUE;
    private long serial;

    Timer(Object owner) {
      this.owner = owner;
    }

    /** Nanoseconds since the lab began, {@link Long#MAX_VALUE} while not armed. */
    long at() {
      return at;
    }

    boolean armed() {
      return at != Long.MAX_VALUE;
    }

    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(serial, other.serial);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private final TreeSet<Timer> timers = new TreeSet<>();
  private long lastSerial;

  /** Arms or moves a timer. */
  void arm(Timer timer, long at) {
    cancel(timer);
    if (at == Long.MAX_VALUE) {
      return;
    }
    timer.at = at;
    timer.serial = ++lastSerial;
    timers.add(timer);
  }

  void cancel(Timer timer) {
    if (timer.armed()) {
      timers.remove(timer);
      timer.at = Long.MAX_VALUE;
    }
  }

  long deadline() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.first().at;
  }

  /** Takes the first timer that is due, or null. */
  @Nullable Timer due(long now) {
    if (timers.isEmpty() || timers.first().at > now) {
      return null;
    }
    Timer timer = timers.first();
    cancel(timer);
    return timer;
  }
}
