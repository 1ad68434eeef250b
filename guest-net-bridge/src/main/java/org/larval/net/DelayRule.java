package org.larval.net;

import java.util.random.RandomGenerator;
import org.larval.packet.Packet;

/**
 * Delay with jitter, and frames that skip it. The gap counts as in netem_enqueue: a candidate comes
 * after at least {@code gap - 1} delayed frames, and every frame from there on is one until one is
 * chosen.
 */
final class DelayRule implements LinkRule {
  private final RandomGenerator jitterRandom;
  private final RandomGenerator reorderRandom;
  private final LinkVerdict.DeliverAfter verdict = new LinkVerdict.DeliverAfter();
  private long delay;
  private long jitter;
  private JitterShape shape = JitterShape.UNIFORM;
  private boolean jitterReorders;
  private double reorder;
  private int gap = 1;
  private int delayedInARow;
  private boolean skipped;

  DelayRule(RandomGenerator jitterRandom, RandomGenerator reorderRandom) {
    this.jitterRandom = jitterRandom;
    this.reorderRandom = reorderRandom;
  }

  void set(Impairments impairments) {
    delay = impairments.delayNanos();
    jitter = impairments.jitterNanos();
    shape = impairments.jitterShape();
    jitterReorders = impairments.jitterReorders();
    reorder = impairments.reorder();
    gap = impairments.reorderGap();
  }

  boolean active() {
    return delay > 0 || jitter > 0;
  }

  /** Whether the last frame judged skipped the delay. */
  boolean skipped() {
    return skipped;
  }

  @Override
  public LinkVerdict judge(long now, Packet packet) {
    skipped = false;
    if (reorder > 0) {
      if (delayedInARow >= gap - 1 && reorderRandom.nextDouble() < reorder) {
        delayedInARow = 0;
        skipped = true;
        return verdict.overtake(0);
      }
      delayedInARow = Math.min(delayedInARow + 1, gap);
    }
    long nanos = delay;
    if (jitter > 0) {
      nanos +=
          switch (shape) {
            case UNIFORM -> jitterRandom.nextLong(-jitter, jitter + 1);
            case NORMAL -> Math.round(jitterRandom.nextGaussian() * jitter);
          };
    }
    return jitterReorders ? verdict.overtake(nanos) : verdict.keepOrder(nanos);
  }
}
