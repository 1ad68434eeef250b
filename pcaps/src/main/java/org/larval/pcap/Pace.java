package org.larval.pcap;

/** How fast a {@link Replayer} sends. */
public sealed interface Pace {
  /** With the gaps of the capture. */
  Pace ORIGINAL = new Original();

  /** Everything as soon as the replay begins. */
  Pace AT_ONCE = new AtOnce();

  /** See {@link #ORIGINAL}. */
  record Original() implements Pace {}

  /**
   * With every gap multiplied.
   *
   * @param factor more than 0; 0.5 sends twice as fast
   */
  record Scaled(double factor) implements Pace {
    /**
     * Checks the factor.
     *
     * @throws IllegalArgumentException if it is not a positive number
     */
    public Scaled {
      if (!(factor > 0) || Double.isInfinite(factor)) {
        throw new IllegalArgumentException(
            "a replay cannot be scaled by " + factor + "; expected a number above 0, such as 0.5");
      }
    }
  }

  /** See {@link #AT_ONCE}. */
  record AtOnce() implements Pace {}
}
