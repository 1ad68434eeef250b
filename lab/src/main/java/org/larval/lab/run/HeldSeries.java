package org.larval.lab.run;

import java.util.Arrays;

/** How many packets stood in hold queues, at each moment at which that changed. */
public final class HeldSeries {
  private long[] times = new long[64];
  private int[] counts = new int[64];
  private int size;

  void change(long now, int difference) {
    int held = (size == 0 ? 0 : counts[size - 1]) + difference;
    if (size > 0 && times[size - 1] == now) {
      counts[size - 1] = held;
      return;
    }
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      counts = Arrays.copyOf(counts, size * 2);
    }
    times[size] = now;
    counts[size++] = held;
  }

  /** How many points there are. */
  public int size() {
    return size;
  }

  /** The moment of a point, in nanoseconds since the lab began. */
  public long time(int point) {
    return times[point];
  }

  /** How many packets were held from that moment on. */
  public int held(int point) {
    return counts[point];
  }
}
