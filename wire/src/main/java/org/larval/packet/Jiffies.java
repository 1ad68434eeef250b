package org.larval.packet;

/**
 * When a Linux timer really fires. The kernel's timer wheel (kernel/time/timer.c since 4.8) counts
 * jiffies and never fires early: a timer is rounded up to the next step of the level that its delay
 * falls into, one jiffy up to 62, 8 jiffies up to 503, 64 up to 4031, and so on by eights.
 *
 * @param hertz jiffies a second: 100, 250, 300 or 1000; 0 for exact timers without rounding
 * @param phase how long before the lab began the count of jiffies stood at a multiple of every
 *     level, in nanoseconds: the wheel rounds absolute jiffies, so two boots of one kernel round
 *     the same delay differently
 */
public record Jiffies(int hertz, long phase) {
  /** Timers that fire exactly when asked. */
  public static final Jiffies EXACT = new Jiffies(0, 0);

  /** Debian's and Ubuntu's configuration, and that of the measured kernels. */
  public static final Jiffies HZ_250 = new Jiffies(250, 0);

  /** Multiples of this many jiffies are multiples of every step up to level 4. */
  public static final int PHASES = 4096;

  private static final int LEVELS = 9;
  private static final int LEVEL_SIZE = 64;
  private static final int LEVEL_SHIFT = 3;

  /**
   * The moment at which a timer armed now fires.
   *
   * @param now nanoseconds since the lab began; jiffies are counted from {@code phase} before
   * @param delay nanoseconds, not negative
   * @return nanoseconds since the lab began, never before {@code now + delay}
   */
  public long fires(long now, long delay) {
    if (hertz == 0) {
      return now + delay;
    }
    long jiffy = 1_000_000_000L / hertz;
    long current = (now + phase) / jiffy;
    long wanted = current + (delay + jiffy - 1) / jiffy;
    long away = wanted - current;
    int level = 0;
    while (level < LEVELS - 1 && away >= (long) (LEVEL_SIZE - 1) << (long) level * LEVEL_SHIFT) {
      level++;
    }
    int shift = level * LEVEL_SHIFT;
    return ((wanted >> shift) + 1 << shift) * jiffy - phase;
  }

  /** The last moment, not after now, at which the count of jiffies rose; now for exact timers. */
  public long tick(long now) {
    return hertz == 0 ? now : now - (now + phase) % (1_000_000_000L / hertz);
  }

  /** The same rate with another phase. */
  public Jiffies withPhase(long nanos) {
    return new Jiffies(hertz, hertz == 0 ? 0 : nanos);
  }
}
