package org.larval.net;

import java.util.random.RandomGenerator;
import org.larval.packet.Packet;

/** Flips one random bit in a fraction of the frames. */
final class CorruptRule implements LinkRule {
  private final RandomGenerator random;
  private final LinkVerdict.Corrupt verdict = new LinkVerdict.Corrupt();
  private double fraction;

  CorruptRule(RandomGenerator random) {
    this.random = random;
  }

  void set(double newFraction) {
    fraction = newFraction;
  }

  @Override
  public LinkVerdict judge(long now, Packet packet) {
    if (random.nextDouble() >= fraction || packet.length() == 0) {
      return LinkVerdict.PASS;
    }
    return verdict.bit(random.nextLong(packet.length() * 8L));
  }
}
