package org.larval.labels.policydb;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Locale;

/**
 * What single cases of a long test cost at most. A case has at no time more memory than it took
 * altogether; the heap's peak holds all garbage besides.
 */
final class Costs {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final String what;
  private int cases;
  private long bytesBefore;
  private long timeBefore;
  private long mostBytes;
  private String greediest = "";
  private long mostNanos;
  private String slowest = "";

  Costs(String what) {
    this.what = what;
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  private static List<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  void begin() {
    bytesBefore = threads.getCurrentThreadAllocatedBytes();
    timeBefore = System.nanoTime();
  }

  void end(String name) {
    long nanos = System.nanoTime() - timeBefore;
    long bytes = threads.getCurrentThreadAllocatedBytes() - bytesBefore;
    cases++;
    if (bytes > mostBytes) {
      mostBytes = bytes;
      greediest = name;
    }
    if (nanos > mostNanos) {
      mostNanos = nanos;
      slowest = name;
    }
  }

  /** Memory taken by the case that took most, in bytes. */
  long mostBytes() {
    return mostBytes;
  }

  /** Time of the case that took longest, in nanoseconds. */
  long mostNanos() {
    return mostNanos;
  }

  void print(String results) {
    long peak = 0;
    for (MemoryPoolMXBean pool : heapPools()) {
      peak += pool.getPeakUsage().getUsed();
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d cases, %s; slowest %.1f ms (%s), most memory of one %.1f MiB (%s),"
            + " peak of the heap %.0f MiB%n",
        what,
        cases,
        results,
        mostNanos / 1e6,
        slowest,
        mostBytes / 1048576.0,
        greediest,
        peak / 1048576.0);
  }
}
