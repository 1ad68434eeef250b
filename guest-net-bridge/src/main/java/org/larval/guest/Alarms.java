package org.larval.guest;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/** The armed timers of one guest: a binary heap in which every alarm knows its place. */
final class Alarms {
  private @Nullable Alarm[] heap = new @Nullable Alarm[8];
  private int size;
  private long lastOrder;

  Alarm make(Alarm.Action action) {
    return new Alarm(this, action);
  }

  /** The first moment at which something fires, or {@link Long#MAX_VALUE}. */
  long deadline() {
    return size == 0 ? Long.MAX_VALUE : at(0).at;
  }

  /**
   * Fires what is due. Alarms that are set meanwhile wait for the next call, even if they are due:
   * otherwise two that set each other would never let go.
   */
  void fire(long now, Effects out) {
    long newest = lastOrder;
    while (size > 0) {
      Alarm first = at(0);
      if (first.at > now || first.order > newest) {
        return;
      }
      cancel(first);
      first.fire(now, out);
    }
  }

  void set(Alarm alarm, long moment) {
    cancel(alarm);
    alarm.at = moment;
    alarm.order = ++lastOrder;
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    size++;
    up(alarm, size - 1);
  }

  void cancel(Alarm alarm) {
    int hole = alarm.place;
    if (hole < 0) {
      return;
    }
    alarm.place = -1;
    size--;
    Alarm last = at(size);
    heap[size] = null;
    if (hole < size) {
      down(last, hole);
      if (last.place == hole) {
        up(last, hole);
      }
    }
  }

  private Alarm at(int place) {
    Alarm alarm = heap[place];
    if (alarm == null) {
      throw new AssertionError("hole in the heap");
    }
    return alarm;
  }

  private void up(Alarm alarm, int from) {
    int place = from;
    while (place > 0) {
      Alarm parent = at((place - 1) / 2);
      if (!before(alarm, parent)) {
        break;
      }
      put(parent, place);
      place = (place - 1) / 2;
    }
    put(alarm, place);
  }

  private void down(Alarm alarm, int from) {
    int place = from;
    for (int child = place * 2 + 1; child < size; child = place * 2 + 1) {
      if (child + 1 < size && before(at(child + 1), at(child))) {
        child++;
      }
      if (!before(at(child), alarm)) {
        break;
      }
      put(at(child), place);
      place = child;
    }
    put(alarm, place);
  }

  private void put(Alarm alarm, int place) {
    heap[place] = alarm;
    alarm.place = place;
  }

  private static boolean before(Alarm a, Alarm b) {
    return a.at != b.at ? a.at < b.at : a.order < b.order;
  }
}
