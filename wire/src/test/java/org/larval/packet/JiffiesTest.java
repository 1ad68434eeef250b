package org.larval.packet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JiffiesTest {
  private static final long MS = 1_000_000;

  /** What kernels with HZ=250 were measured to do. */
  @ParameterizedTest
  @CsvSource({
    "1, 100, 104",
    "104, 200, 308",
    "308, 400, 736",
    "736, 800, 1568",
    "0, 1000, 1024",
    "0, 4, 8",
    "0, 0, 4"
  })
  void firesLateByTheWheel(long now, long delay, long fires) {
    assertThat(Jiffies.HZ_250.fires(now * MS, delay * MS)).isEqualTo(fires * MS);
  }

  @Test
  void neverEarlyAndNeverLaterThanAStep() {
    for (int hertz : new int[] {100, 250, 1000}) {
      Jiffies jiffies = new Jiffies(hertz, 0);
      for (long delay = 0; delay < 20_000; delay += 7) {
        for (long now : new long[] {0, 1, 999, 123_457}) {
          long late = jiffies.fires(now * MS, delay * MS) - (now + delay) * MS;
          assertThat(late).isBetween(0L, delay * MS / 6 + 3_000_000_000L / hertz);
        }
      }
    }
  }

  @Test
  void exactTimers() {
    assertThat(Jiffies.EXACT.fires(17, 100)).isEqualTo(117);
  }
}
