package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything in the engine that waits for a moment, in one ordered structure: states, policies,
 * hold queues and replay watches. Entries due at the same moment fire in the order in which they
 * were armed. A binary heap whose timers know their place, so that arming, moving and cancelling
 * cost the logarithm of how many wait, and no garbage.
 */
final class Agenda {
  /** One appointment; its owner keeps it and arms it again and again. */
  static final class Timer {
    final Object owner;
    private long at = Long.MAX_VALUE;
    private long serial;
    private int place;

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

    private boolean before(Timer other) {
      return at != other.at ? at < other.at : serial < other.serial;
    }
  }

  private static final int INITIAL = 16;

  private @Nullable Timer[] heap = new @Nullable Timer[INITIAL];
  private int size;
  private long lastSerial;

  /** Arms or moves a timer. */
  void arm(Timer timer, long at) {
    if (at == Long.MAX_VALUE) {
      cancel(timer);
      return;
    }
    if (!timer.armed()) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      timer.place = size++;
    }
    timer.at = at;
    timer.serial = ++lastSerial;
    settle(timer);
  }

  void cancel(Timer timer) {
    if (!timer.armed()) {
      return;
    }
    timer.at = Long.MAX_VALUE;
    Timer last = at(--size);
    heap[size] = null;
    if (last != timer) {
      last.place = timer.place;
      settle(last);
    }
  }

  long deadline() {
    return size == 0 ? Long.MAX_VALUE : at(0).at;
  }

  /** Takes the first timer that is due, or null. */
  @Nullable Timer due(long now) {
    if (size == 0 || at(0).at > now) {
      return null;
    }
    Timer timer = at(0);
    cancel(timer);
    return timer;
  }

  private Timer at(int place) {
    Timer timer = heap[place];
    if (timer == null) {
      throw new AssertionError("no timer at place " + place + " of " + size);
    }
    return timer;
  }

  /** Moves a timer up or down from its place until the order is right. */
  private void settle(Timer timer) {
    int place = timer.place;
    while (place > 0) {
      Timer parent = at((place - 1) / 2);
      if (!timer.before(parent)) {
        break;
      }
      put(place, parent);
      place = (place - 1) / 2;
    }
    for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && at(child + 1).before(at(child))) {
        child++;
      }
      if (!at(child).before(timer)) {
        break;
      }
      put(place, at(child));
      place = child;
    }
    put(place, timer);
  }

  private void put(int place, Timer timer) {
    heap[place] = timer;
    timer.place = place;
  }
}
