package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How long a reader stays awake: longer where frames come soon, shorter where they do not. */
class AdaptiveSpinTest {
  private static final long LONGEST = 50_000;

  private final AdaptiveSpin spin = new AdaptiveSpin(LONGEST);

  /** Frames come each so many nanoseconds; how long the reader stayed awake after the last. */
  private long awake(long gap, int frames) {
    long now = 1_000_000;
    for (int i = 0; i < frames; i++) {
      now += gap;
      spin.found(now);
      for (long look = now; look < now + gap && spin.looksAgain(look); look += 100) {
        assertThat(look - now).isLessThanOrEqualTo(LONGEST);
      }
    }
    long asleep = now;
    while (spin.looksAgain(asleep)) {
      asleep += 100;
    }
    return asleep - now;
  }

  @Test
  void framesThatComeSoonKeepItAwake() {
    assertThat(awake(20_000, 20)).isBetween(20_000L, LONGEST);
  }

  @Test
  void rareFramesLetItSleepAtOnce() {
    assertThat(awake(20_000, 20)).isPositive();
    assertThat(awake(10_000_000, 20)).isZero();
  }

  @Test
  void zeroMeansNever() {
    AdaptiveSpin never = new AdaptiveSpin(0);
    for (long now = 0; now < 1000; now += 10) {
      never.found(now);
      assertThat(never.looksAgain(now)).isFalse();
    }
  }
}
