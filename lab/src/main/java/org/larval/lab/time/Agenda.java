package org.larval.lab.time;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Alarms in the order of their deadlines: a binary heap that knows where each alarm stands, so that
 * arming again moves it. Equal deadlines ring in the order in which they were armed. It allocates
 * nothing after growing.
 */
final class Agenda {
  private @Nullable Alarm[] heap = new @Nullable Alarm[64];
  private int size;
  private long orders;

  /** The earliest deadline, or {@link Long#MAX_VALUE}. */
  long next() {
    Alarm first = heap[0];
    return size == 0 || first == null ? Long.MAX_VALUE : first.deadline;
  }

  /** Sets an alarm's deadline; {@link Long#MAX_VALUE} takes it off the agenda. */
  void arm(Alarm alarm, long deadline) {
    if (deadline == Long.MAX_VALUE) {
      if (alarm.place >= 0) {
        remove(alarm);
      }
      return;
    }
    if (alarm.place >= 0 && alarm.deadline == deadline) {
      return;
    }
    alarm.deadline = deadline;
    alarm.order = orders++;
    if (alarm.place < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      put(size++, alarm);
    }
    up(alarm.place);
    down(alarm.place);
  }

  /** Takes the earliest alarm off if it is due, or answers null. */
  @Nullable Alarm pollDue(long now) {
    Alarm first = heap[0];
    if (size == 0 || first == null || first.deadline > now) {
      return null;
    }
    remove(first);
    return first;
  }

  private void remove(Alarm alarm) {
    int hole = alarm.place;
    alarm.place = -1;
    Alarm last = at(--size);
    heap[size] = null;
    if (last != alarm) {
      put(hole, last);
      up(hole);
      down(last.place);
    }
  }

  private void up(int from) {
    int child = from;
    while (child > 0) {
      int parent = (child - 1) >>> 1;
      if (!before(at(child), at(parent))) {
        return;
      }
      swap(child, parent);
      child = parent;
    }
  }

  private void down(int from) {
    int parent = from;
    while (true) {
      int least = 2 * parent + 1;
      if (least >= size) {
        return;
      }
      if (least + 1 < size && before(at(least + 1), at(least))) {
        least++;
      }
      if (!before(at(least), at(parent))) {
        return;
      }
      swap(least, parent);
      parent = least;
    }
  }

  private static boolean before(Alarm a, Alarm b) {
    return a.deadline < b.deadline || (a.deadline == b.deadline && a.order < b.order);
  }

  private void swap(int i, int j) {
    Alarm alarm = at(i);
    put(i, at(j));
    put(j, alarm);
  }

  private void put(int place, Alarm alarm) {
    heap[place] = alarm;
    alarm.place = place;
  }

  private Alarm at(int place) {
    Alarm alarm = heap[place];
    if (alarm == null) {
      throw new AssertionError("a hole in the agenda");
    }
    return alarm;
  }
}
