package org.larval.net;

import java.util.random.RandomGenerator;
import org.larval.packet.PacketPool;

/**
 * A wire between two ports: two directions that share nothing, each an engine with its own queue,
 * deadline, randomness and impairments.
 *
 * @param forth from the first port to the second
 * @param back from the second port to the first
 */
public record Link(LinkDirection forth, LinkDirection back) {
  /**
   * A perfect wire between two places.
   *
   * @param a what the first port belongs to, as it appears in trails: {@code a>b}
   * @param b what the second port belongs to
   * @param random seeds both directions, {@code forth} first
   */
  public static Link between(String a, String b, PacketPool pool, RandomGenerator random) {
    LinkDirection forth = new LinkDirection(a + ">" + b, pool, random);
    LinkDirection back = new LinkDirection(b + ">" + a, pool, random);
    return new Link(forth, back);
  }

  /** Impairs both directions alike. */
  public void impair(long now, Impairments impairments) {
    forth.impair(now, impairments);
    back.impair(now, impairments);
  }
}
