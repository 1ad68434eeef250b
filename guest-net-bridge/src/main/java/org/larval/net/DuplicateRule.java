package org.larval.net;

import java.util.random.RandomGenerator;
import org.larval.packet.Packet;

/** Doubles a fraction of the frames. */
final class DuplicateRule implements LinkRule {
  private final RandomGenerator random;
  private double fraction;

  DuplicateRule(RandomGenerator random) {
    this.random = random;
  }

  void set(double newFraction) {
    fraction = newFraction;
  }

  @Override
  public LinkVerdict judge(long now, Packet packet) {
    return random.nextDouble() < fraction ? LinkVerdict.DUPLICATE : LinkVerdict.PASS;
  }
}
