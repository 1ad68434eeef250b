package org.larval.nic;

/**
 * How long a ring's reader looks again before it sleeps on the doorbell. A doorbell takes a dozen
 * microseconds, a look some nanoseconds; so a reader stays awake for twice the time that lately lay
 * between frames, if that is short, and falls asleep sooner and sooner where it is long. Times in
 * nanoseconds.
 */
final class AdaptiveSpin {
  private static final long SHORTEST = 2_000;

  private final long longest;
  private long window;
  private long lastFound = Long.MIN_VALUE / 2;

  /** A reader that never stays awake for more than {@code longest}; 0: it always sleeps. */
  AdaptiveSpin(long longest) {
    this.longest = longest;
  }

  /** Frames were found. */
  void found(long now) {
    long gap = now - lastFound;
    lastFound = now;
    if (gap < longest) {
      window = Math.min(longest, Math.max(window, 2 * gap));
    } else {
      window = window <= SHORTEST ? 0 : window / 2;
    }
  }

  /** Nothing was found: whether to look again instead of going to sleep. */
  boolean looksAgain(long now) {
    return now - lastFound < window;
  }
}
