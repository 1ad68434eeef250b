package org.larval.net;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;

/** Packets under way that overtake others: a binary heap by arrival, then by order of entering. */
final class FlightHeap {
  private long[] times = new long[16];
  private long[] sequences = new long[16];
  private @Nullable Packet[] packets = new @Nullable Packet[16];
  private int size;

  int size() {
    return size;
  }

  /** When the first arrives, {@link Long#MAX_VALUE} if there is none. */
  long time() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  /** The place of the first in the order of entering, {@link Long#MAX_VALUE} if there is none. */
  long sequence() {
    return size == 0 ? Long.MAX_VALUE : sequences[0];
  }

  void add(long time, long sequence, Packet packet) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      sequences = Arrays.copyOf(sequences, size * 2);
      packets = Arrays.copyOf(packets, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int up = at - 1 >>> 1;
      if (!before(time, sequence, up)) {
        break;
      }
      move(up, at);
      at = up;
    }
    put(at, time, sequence, packet);
  }

  Packet poll() {
    Packet first = packets[0];
    if (first == null) {
      throw new IllegalStateException("nothing is under way");
    }
    size--;
    Packet last = packets[size];
    packets[size] = null;
    if (size > 0 && last != null) {
      sink(times[size], sequences[size], last);
    }
    return first;
  }

  private void sink(long time, long sequence, Packet packet) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && before(times[child + 1], sequences[child + 1], child)) {
        child++;
      }
      if (before(time, sequence, child)) {
        break;
      }
      move(child, at);
      at = child;
    }
    put(at, time, sequence, packet);
  }

  private boolean before(long time, long sequence, int at) {
    return time < times[at] || (time == times[at] && sequence < sequences[at]);
  }

  private void move(int from, int to) {
    times[to] = times[from];
    sequences[to] = sequences[from];
    packets[to] = packets[from];
  }

  private void put(int at, long time, long sequence, Packet packet) {
    times[at] = time;
    sequences[at] = sequence;
    packets[at] = packet;
  }
}
