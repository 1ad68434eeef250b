package org.larval.nic;

/**
 * How long a ring's reader looks again before it sleeps on the doorbell. A doorbell takes a dozen
 * microseconds, a look some nanoseconds; so a reader whose frames come soon after it fell asleep
 * stays awake longer next time, and one that waits in vain falls asleep sooner. Times in
 * nanoseconds.
 */
final class AdaptiveSpin {
  private static final long SHORTEST = 2_000;

  private final long longest;
  private long window;
  private long awakeUntil;
  private long asleepSince;
  private boolean asleep = true;

  /** A reader that never stays awake for more than {@code longest}; 0: it always sleeps. */
  AdaptiveSpin(long longest) {
    this.longest = longest;
  }

  /** Frames were found. */
  void found(long now) {
    if (asleep) {
      asleep = false;
      if (now - asleepSince < longest) {
        window = Math.min(longest, Math.max(SHORTEST, 2 * window)); // it slept too early
      }
    }
    awakeUntil = now + window;
  }

  /** Nothing was found: whether to look again instead of going to sleep. */
  boolean looksAgain(long now) {
    if (asleep) {
      return false;
    }
    if (now < awakeUntil) {
      return true;
    }
    asleep = true;
    asleepSince = now;
    window = window <= SHORTEST ? 0 : window / 2; // it stayed awake in vain
    return false;
  }
}
