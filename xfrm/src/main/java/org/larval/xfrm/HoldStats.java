package org.larval.xfrm;

/** What the SA-miss desk did since the engine was made; packets unless said otherwise. */
public final class HoldStats {
  long held;
  long released;
  long releasedInClear;
  long leaked;
  long dropped;
  long duplicates;
  long refused;
  long polls;
  long longestNanos;
  long totalNanos;

  HoldStats() {}

  /** Entered a queue. */
  public long held() {
    return held;
  }

  /** Left a queue towards the network, protected or not. */
  public long released() {
    return released;
  }

  /** Of those, in clear. */
  public long releasedInClear() {
    return releasedInClear;
  }

  /** Of those, although a policy asks for protection. */
  public long leaked() {
    return leaked;
  }

  /** Were dropped out of a queue. */
  public long dropped() {
    return dropped;
  }

  /** Second transmissions of a held segment. */
  public long duplicates() {
    return duplicates;
  }

  /** Did not fit into a queue. */
  public long refused() {
    return refused;
  }

  /** Polls made by timers. */
  public long polls() {
    return polls;
  }

  /** The longest time that a released packet waited, nanoseconds. */
  public long longestNanos() {
    return longestNanos;
  }

  /** The sum of the times that released packets waited, nanoseconds. */
  public long totalNanos() {
    return totalNanos;
  }
}
