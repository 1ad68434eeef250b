package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;

/** What the random rules do, with fixed seeds: bounds are four standard deviations. */
class ImpairmentsTest {
  private static final int MANY = 10_000;
  private static final long GAP = 1_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 1234567})
  void lossOfTenPercent(long seed) {
    try (Wire wire = new Wire(seed, Impairments.NONE.with().loss(0.1).build())) {
      wire.enter(MANY, GAP, 60);
      wire.runOut();
      assertThat(wire.link.counters().dropped(DropReason.LINK_LOSS)).isBetween(880L, 1120L);
      assertThat(wire.arrivals).hasSize(MANY - wire.losses.size());
      assertThat(wire.link.counters().drops()).containsOnlyKeys(DropReason.LINK_LOSS);
    }
  }

  @Test
  void allAndNothing() {
    try (Wire all = new Wire(1, Impairments.NONE.with().loss(1).build());
        Wire nothing = new Wire(1, Impairments.NONE.with().loss(0).build())) {
      all.enter(100, 1, 60);
      nothing.enter(100, 1, 60);
      nothing.runOut();
      assertThat(all.losses).hasSize(100);
      assertThat(nothing.arrivals).hasSize(100);
    }
  }

  @Test
  void lossInBursts() {
    // 1 % into bad, 25 % out of it: bursts of 4, 0.01 / 0.26 = 3.85 % lost
    try (Wire wire =
        new Wire(5, Impairments.NONE.with().loss(new Loss.GilbertElliott(0.01, 0.25)).build())) {
      wire.enter(100_000, GAP, 60);
      wire.runOut();
      List<Integer> bursts = new ArrayList<>();
      int last = -2;
      for (Wire.Lost lost : wire.losses) {
        if (lost.number() == last + 1) {
          bursts.set(bursts.size() - 1, bursts.getLast() + 1);
        } else {
          bursts.add(1);
        }
        last = lost.number();
      }
      assertThat(wire.losses.size()).isBetween(3_200, 4_500);
      double mean = (double) wire.losses.size() / bursts.size();
      assertThat(mean).isBetween(3.5, 4.5);
      // geometric: a quarter of the bursts is one frame long
      double single = (double) bursts.stream().filter(n -> n == 1).count() / bursts.size();
      assertThat(single).isBetween(0.19, 0.31);
    }
  }

  @Test
  void burstLossWithPartialLossInBothStates() {
    // stationary: bad 0.2; loss 0.2 * 0.5 + 0.8 * 0.05 = 14 %
    try (Wire wire =
        new Wire(
            5,
            Impairments.NONE.with().loss(new Loss.GilbertElliott(0.05, 0.2, 0.5, 0.05)).build())) {
      wire.enter(50_000, GAP, 60);
      wire.runOut();
      assertThat(wire.losses.size()).isBetween(6_500, 7_500);
    }
  }

  @Test
  void lossOfChosenFrames() {
    try (Wire wire = new Wire(1, Impairments.NONE.with().loss(new Loss.Gaps(3, 2, 5)).build())) {
      wire.enter(12, 1, 60);
      assertThat(wire.losses).extracting(Wire.Lost::number).containsExactly(2, 3, 7, 8);
      // the same loss again goes on counting, another one begins anew
      wire.link.impair(20, wire.link.impairments().with().delayNanos(1).build());
      wire.enter(21, 60);
      assertThat(wire.losses).extracting(Wire.Lost::number).endsWith(12);
    }
  }

  @Test
  void duplicatesArriveTwiceWithDelaysOfTheirOwn() {
    try (Wire wire =
        new Wire(
            3,
            Impairments.NONE
                .with()
                .duplicate(0.3)
                .delayNanos(5_000)
                .jitterNanos(400)
                .jitterReorders(true)
                .build())) {
      wire.enter(MANY, GAP, 60);
      wire.runOut();
      assertThat(wire.link.counters().copies()).isBetween(2_816L, 3_184L);
      assertThat(wire.arrivals).hasSize(MANY + (int) wire.link.counters().copies());
      assertThat(new HashSet<>(wire.numbers())).hasSize(MANY);
      assertThat(new HashSet<>(wire.arrivals).size()).isGreaterThan(MANY + 2_500);
    }
  }

  @Test
  void corruptionFlipsExactlyOneBitAnywhereInTheFrame() {
    try (Wire wire = new Wire(3, Impairments.NONE.with().corrupt(0.5).build())) {
      wire.enter(MANY, GAP, 8);
      wire.runOut();
      Set<Long> flipped = new HashSet<>();
      int intact = 0;
      for (Wire.Arrival arrival : wire.arrivals) {
        long bits = Long.parseUnsignedLong(arrival.bytes(), 16);
        if (bits == 0) {
          intact++;
        } else {
          assertThat(Long.bitCount(bits)).isEqualTo(1);
          flipped.add(bits);
        }
      }
      assertThat(intact).isBetween(4_800, 5_200);
      assertThat(wire.link.corrupted()).isEqualTo(MANY - intact);
      assertThat(flipped).hasSize(64);
    }
  }

  @Test
  void anEmptyFrameCannotBeCorrupted() {
    try (Wire wire = new Wire(3, Impairments.NONE.with().corrupt(1).build())) {
      wire.enter(0, 0);
      wire.runOut();
      assertThat(wire.link.corrupted()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UNIFORM", "NORMAL"})
  void jitterSpreadsAroundTheDelayAndKeepsOrder(String shape) {
    long delay = 1_000_000;
    long jitter = 100_000;
    Impairments impairments =
        Impairments.NONE
            .with()
            .delayNanos(delay)
            .jitterNanos(jitter)
            .jitterShape(JitterShape.valueOf(shape))
            .build();
    try (Wire dense = new Wire(9, impairments);
        Wire sparse = new Wire(9, impairments)) {
      dense.enter(MANY, GAP, 60);
      dense.runOut();
      assertThat(dense.numbers()).isSorted();
      assertThat(dense.times()).isSorted();
      // far apart, nothing waits for its predecessor: the pure distribution
      sparse.enter(MANY, 10 * delay, 60);
      sparse.runOut();
      double mean = 0;
      double square = 0;
      for (Wire.Arrival arrival : sparse.arrivals) {
        double off = (double) (arrival.at() - arrival.number() * 10L * delay - delay);
        mean += off / MANY;
        square += off * off / MANY;
        if (shape.equals("UNIFORM")) {
          assertThat(Math.abs(off)).isLessThanOrEqualTo(100_000.0);
        }
      }
      double deviation = shape.equals("UNIFORM") ? jitter / Math.sqrt(3) : jitter;
      assertThat(Math.abs(mean)).isLessThan(4 * deviation / Math.sqrt(MANY));
      assertThat(Math.sqrt(square)).isBetween(deviation * 0.97, deviation * 1.03);
    }
  }

  @Test
  void jitterReordersIfAskedTo() {
    try (Wire wire =
        new Wire(
            9,
            Impairments.NONE
                .with()
                .delayNanos(50_000)
                .jitterNanos(50_000)
                .jitterReorders(true)
                .build())) {
      wire.enter(MANY, GAP, 60);
      wire.runOut();
      assertThat(wire.times()).isSorted();
      assertThat(new HashSet<>(wire.numbers())).hasSize(MANY);
      long backward = 0;
      for (int i = 1; i < MANY; i++) {
        backward += wire.numbers().get(i) < wire.numbers().get(i - 1) ? 1 : 0;
      }
      assertThat(backward).isGreaterThan(MANY / 4);
      for (Wire.Arrival arrival : wire.arrivals) {
        assertThat(arrival.at() - arrival.number() * GAP).isBetween(0L, 100_000L);
      }
    }
  }

  @Test
  void jitterBeyondTheDelayEndsAtNone() {
    try (Wire wire = new Wire(9, Impairments.NONE.with().jitterNanos(500).build())) {
      wire.enter(1_000, GAP, 60);
      wire.runOut();
      long atOnce = wire.arrivals.stream().filter(a -> a.at() == a.number() * GAP).count();
      assertThat(atOnce).isBetween(437L, 563L);
    }
  }

  @Test
  void reorderLetsTheAskedShareOvertake() {
    try (Wire wire =
        new Wire(4, Impairments.NONE.with().delayNanos(10 * GAP).reorder(0.25, 1).build())) {
      wire.enter(MANY, GAP, 60);
      wire.runOut();
      long early = wire.arrivals.stream().filter(a -> a.at() == a.number() * GAP).count();
      assertThat(early).isEqualTo(wire.link.reordered()).isBetween(2_327L, 2_673L);
      assertThat(wire.arrivals.stream().filter(a -> a.at() == a.number() * GAP + 10 * GAP).count())
          .isEqualTo(MANY - early);
      assertThat(wire.trails.stream().filter(t -> t.contains("detail=reorder")).count())
          .isEqualTo(early);
    }
  }

  @Test
  void reorderOfEverythingWithAGapTakesEveryFifth() {
    try (Wire wire =
        new Wire(4, Impairments.NONE.with().delayNanos(10 * GAP).reorder(1, 5).build())) {
      wire.enter(20, GAP, 60);
      wire.runOut();
      assertThat(
              wire.arrivals.stream()
                  .filter(a -> a.at() == a.number() * GAP)
                  .map(Wire.Arrival::number))
          .containsExactly(4, 9, 14, 19);
    }
  }
}
