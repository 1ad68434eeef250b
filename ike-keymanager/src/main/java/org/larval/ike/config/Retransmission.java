package org.larval.ike.config;

/**
 * When a request is sent again, and when its sender gives up.
 *
 * @param first nanoseconds from the first sending to the second
 * @param base each further wait is so many times the one before
 * @param limit no single wait is longer, in nanoseconds
 * @param tries how often it is sent again
 * @param giveUp nanoseconds after the first sending at which it is given up at the latest
 */
public record Retransmission(long first, double base, long limit, int tries, long giveUp) {
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000 * MILLISECOND;

  /** strongSwan's: waits of 4, 7.2, 13, 23.3, 42 and 75.6 s; given up after 165 s. */
  public static final Retransmission STRONGSWAN =
      new Retransmission(4 * SECOND, 1.8, Long.MAX_VALUE, 5, Long.MAX_VALUE);

  /** libreswan's: waits of 0.5 s, doubled each time; given up after 60 s. */
  public static final Retransmission LIBRESWAN =
      new Retransmission(500 * MILLISECOND, 2, Long.MAX_VALUE, Integer.MAX_VALUE, 60 * SECOND);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the schedule would never end or never advance
   */
  public Retransmission {
    if (first <= 0 || base < 1 || limit <= 0 || tries < 0 || giveUp <= 0) {
      throw new IllegalArgumentException("a retransmission schedule must advance");
    }
    if (tries == Integer.MAX_VALUE && giveUp == Long.MAX_VALUE) {
      throw new IllegalArgumentException("a retransmission schedule must end");
    }
  }

  /** Nanoseconds to wait after a request has been sent for the n-th time, from 0. */
  public long wait(int sent) {
    double wait = first * Math.pow(base, sent);
    return wait >= limit ? limit : (long) wait;
  }

  /** Whether it is sent again after it was sent so often, at this time since the first sending. */
  public boolean again(int sent, long since) {
    return sent <= tries && since < giveUp;
  }
}
