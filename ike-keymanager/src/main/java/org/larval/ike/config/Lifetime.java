package org.larval.ike.config;

import java.util.random.RandomGenerator;

/**
 * How long an SA lives: soft limits at which it is replaced, hard ones at which it ends.
 *
 * @param rekeyTime nanoseconds until it is replaced, 0 for never
 * @param lifeTime nanoseconds until it ends, 0 for never
 * @param randTime nanoseconds of which a random part is taken off the first, so that not all are
 *     replaced at once
 * @param rekeyBytes octets until a child SA is replaced, 0 for no limit
 * @param lifeBytes octets until it ends, 0 for no limit
 * @param rekeyPackets packets until it is replaced, 0 for no limit
 * @param lifePackets packets until it ends, 0 for no limit
 */
public record Lifetime(
    long rekeyTime,
    long lifeTime,
    long randTime,
    long rekeyBytes,
    long lifeBytes,
    long rekeyPackets,
    long lifePackets) {
  private static final long MINUTE = 60_000_000_000L;

  /** strongSwan's for child SAs: 60 minutes, 10 % over and up to 6 under. */
  public static final Lifetime CHILD =
      new Lifetime(60 * MINUTE, 66 * MINUTE, 6 * MINUTE, 0, 0, 0, 0);

  /** strongSwan's for IKE SAs: 4 hours. */
  public static final Lifetime IKE =
      new Lifetime(240 * MINUTE, 264 * MINUTE, 24 * MINUTE, 0, 0, 0, 0);

  /** For ever. */
  public static final Lifetime FOREVER = new Lifetime(0, 0, 0, 0, 0, 0, 0);

  /** Limits of time alone. */
  public static Lifetime time(long rekey, long life, long rand) {
    return new Lifetime(rekey, life, rand, 0, 0, 0, 0);
  }

  /** Nanoseconds from its beginning until it is replaced, with the random part taken off. */
  public long rekeyAfter(RandomGenerator random) {
    return rekeyTime == 0
        ? Long.MAX_VALUE
        : rekeyTime - (randTime == 0 ? 0 : random.nextLong(randTime));
  }
}
