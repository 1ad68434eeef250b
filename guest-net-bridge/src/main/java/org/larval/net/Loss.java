package org.larval.net;

/**
 * Which frames a link loses.
 *
 * <p>{@link Random} and {@link GilbertElliott} follow the kernel's {@code net/sched/sch_netem.c}
 * (loss random, loss gemodel); {@link Gaps} loses the same frames in every run.
 */
public sealed interface Loss {
  /** Loses nothing. */
  Loss NONE = new None();

  /** See {@link #NONE}. */
  record None() implements Loss {}

  /**
   * Every frame for itself.
   *
   * @param fraction of frames that are lost, 0 to 1
   */
  record Random(double fraction) implements Loss {
    /** Checks the range. */
    public Random {
      Impairments.checkFraction("loss", fraction);
    }
  }

  /**
   * Losses in bursts: a good and a bad state, each with its own loss. The frame is judged in the
   * state as it is; then the state may change for the next one. Bursts in the bad state are {@code
   * 1 / toGood} frames long on average, and {@code toBad / (toBad + toGood)} of all frames meet it.
   *
   * @param toBad probability per frame of going from good to bad (netem's p)
   * @param toGood probability per frame of going from bad to good (netem's r)
   * @param lossInBad fraction lost in the bad state (netem's 1-h)
   * @param lossInGood fraction lost in the good state (netem's 1-k)
   */
  record GilbertElliott(double toBad, double toGood, double lossInBad, double lossInGood)
      implements Loss {
    /** Checks the ranges. */
    public GilbertElliott {
      Impairments.checkFraction("p of gilbert-elliott", toBad);
      Impairments.checkFraction("r of gilbert-elliott", toGood);
      Impairments.checkFraction("1-h of gilbert-elliott", lossInBad);
      Impairments.checkFraction("1-k of gilbert-elliott", lossInGood);
    }

    /** Gilbert's simple model: everything is lost in the bad state, nothing in the good one. */
    public GilbertElliott(double toBad, double toGood) {
      this(toBad, toGood, 1, 0);
    }
  }

  /**
   * Chosen frames, without any randomness. Frames are counted from 1 since this loss was set.
   *
   * @param first the first frame to lose, from 1
   * @param length how many frames in a row are lost, from 1
   * @param every after how many frames the gap comes again, longer than the gap; 0 for never
   */
  record Gaps(long first, long length, long every) implements Loss {
    /** Checks the ranges. */
    public Gaps {
      if (first < 1 || length < 1 || every < 0 || (every > 0 && every <= length)) {
        throw new IllegalArgumentException(
            "a gap starts at frame 1 or later, is 1 or longer, and shorter than its period");
      }
    }
  }
}
