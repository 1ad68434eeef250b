package org.larval.xfrm;

/**
 * The limits of a state or policy (struct xfrm_lifetime_cfg). At a soft limit the key manager is
 * asked for a successor; at a hard limit the state ends.
 *
 * @param softBytes plaintext bytes, {@link #INFINITE} for none
 * @param softPackets packets
 * @param softAdd seconds since it was added
 * @param softUse seconds since it was used first
 */
public record Lifetimes(
    long softBytes,
    long hardBytes,
    long softPackets,
    long hardPackets,
    long softAdd,
    long hardAdd,
    long softUse,
    long hardUse) {
  /** XFRM_INF: no limit. */
  public static final long INFINITE = Long.MAX_VALUE;

  /** No limit at all. */
  public static final Lifetimes NONE =
      new Lifetimes(INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE);

  /** Seconds since it was added, as a key manager usually asks. */
  public static Lifetimes seconds(long soft, long hard) {
    return new Lifetimes(INFINITE, INFINITE, INFINITE, INFINITE, soft, hard, INFINITE, INFINITE);
  }

  /** Whether time alone can end it; 0 seconds are no limit, as in the kernel. */
  boolean timed() {
    return limits(softAdd) || limits(hardAdd) || limits(softUse) || limits(hardUse);
  }

  /** Whether a number of seconds is a limit. */
  static boolean limits(long seconds) {
    return seconds != INFINITE && seconds != 0;
  }
}
