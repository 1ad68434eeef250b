package org.larval.net;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;

/** Packets under way in order of arrival: a ring in parallel arrays. */
final class FlightQueue {
  private long[] times = new long[64];
  private long[] sequences = new long[64];
  private @Nullable Packet[] packets = new @Nullable Packet[64];
  private int head;
  private int size;
  private long lastTime = Long.MIN_VALUE;

  int size() {
    return size;
  }

  /** Whether a packet that arrives then may stand at the end. */
  boolean takes(long time) {
    return size == 0 || time >= lastTime;
  }

  void add(long time, long sequence, Packet packet) {
    if (size == times.length) {
      grow();
    }
    int tail = head + size & times.length - 1;
    times[tail] = time;
    sequences[tail] = sequence;
    packets[tail] = packet;
    lastTime = time;
    size++;
  }

  /** When the first arrives, {@link Long#MAX_VALUE} if there is none. */
  long time() {
    return size == 0 ? Long.MAX_VALUE : times[head];
  }

  /** The place of the first in the order of entering, {@link Long#MAX_VALUE} if there is none. */
  long sequence() {
    return size == 0 ? Long.MAX_VALUE : sequences[head];
  }

  Packet poll() {
    Packet packet = packets[head];
    if (packet == null) {
      throw new IllegalStateException("nothing is under way");
    }
    packets[head] = null;
    head = head + 1 & times.length - 1;
    size--;
    return packet;
  }

  private void grow() {
    int old = times.length;
    times = Arrays.copyOf(times, old * 2);
    sequences = Arrays.copyOf(sequences, old * 2);
    packets = Arrays.copyOf(packets, old * 2);
    // what had wrapped around moves behind the old end
    System.arraycopy(times, 0, times, old, head);
    System.arraycopy(sequences, 0, sequences, old, head);
    System.arraycopy(packets, 0, packets, old, head);
    Arrays.fill(packets, 0, head, null);
  }
}
