package org.larval.packet;

/**
 * When a Linux timer really fires. The kernel's timer wheel (kernel/time/timer.c since 4.8) counts
 * jiffies and never fires early: a timer is rounded up to the next step of the level that its delay
 * falls into, one jiffy up to 62, 8 jiffies up to 503, 64 up to 4031, and so on by eights.
 *
 * @param hertz jiffies a second: 100, 250, 300 or 1000; 0 for exact timers without rounding
 */
public record Jiffies(int hertz) {
  /** Timers that fire exactly when asked. */
  public static final Jiffies EXACT = new Jiffies(0);

  /** Debian's and Ubuntu's configuration, and that of the measured kernels. */
  public static final Jiffies HZ_250 = new Jiffies(250);

  private static final int LEVELS = 9;
  private static final int LEVEL_SIZE = 64;
  private static final int LEVEL_SHIFT = 3;

  /**
   * The moment at which a timer armed now fires.
   *
   * @param now nanoseconds since the lab began; jiffies are counted from there
   * @param delay nanoseconds, not negative
   * @return nanoseconds since the lab began, never before {@code now + delay}
   */
  public long fires(long now, long delay) {
    if (hertz == 0) {
      return now + delay;
    }
    long jiffy = 1_000_000_000L / hertz;
    long current = now / jiffy;
    long wanted = current + (delay + jiffy - 1) / jiffy;
    long away = wanted - current;
    int level = 0;
    while (level < LEVELS - 1 && away >= (long) (LEVEL_SIZE - 1) << (long) level * LEVEL_SHIFT) {
      level++;
    }
    int shift = level * LEVEL_SHIFT;
    return ((wanted >> shift) + 1 << shift) * jiffy;
  }
}
