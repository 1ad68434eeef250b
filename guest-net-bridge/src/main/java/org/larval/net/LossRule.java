package org.larval.net;

import java.util.random.RandomGenerator;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/** Loses frames as a {@link Loss} says. */
final class LossRule implements LinkRule {
  private static final LinkVerdict LOST = LinkVerdict.drop(DropReason.LINK_LOSS);

  private final RandomGenerator random;
  private Loss loss = Loss.NONE;
  private boolean bad;
  private long frame;

  LossRule(RandomGenerator random) {
    this.random = random;
  }

  /** Begins anew in the good state with frame 1, unless nothing changes. */
  void set(Loss newLoss) {
    if (!loss.equals(newLoss)) {
      loss = newLoss;
      bad = false;
      frame = 0;
    }
  }

  boolean active() {
    return !(loss instanceof Loss.None) && !(loss instanceof Loss.Random(double f) && f == 0);
  }

  @Override
  public LinkVerdict judge(long now, Packet packet) {
    boolean lost =
        switch (loss) {
          case Loss.None n -> false;
          case Loss.Random r -> random.nextDouble() < r.fraction();
          case Loss.GilbertElliott model -> burst(model);
          case Loss.Gaps gaps -> gap(gaps);
        };
    return lost ? LOST : LinkVerdict.PASS;
  }

  /** Two draws for every frame, whatever the state, so that runs stay comparable. */
  private boolean burst(Loss.GilbertElliott model) {
    double forChange = random.nextDouble();
    double forLoss = random.nextDouble();
    boolean lost = forLoss < (bad ? model.lossInBad() : model.lossInGood());
    if (forChange < (bad ? model.toGood() : model.toBad())) {
      bad = !bad;
    }
    return lost;
  }

  private boolean gap(Loss.Gaps gaps) {
    frame++;
    long since = frame - gaps.first();
    if (since < 0) {
      return false;
    }
    return (gaps.every() == 0 ? since : since % gaps.every()) < gaps.length();
  }
}
