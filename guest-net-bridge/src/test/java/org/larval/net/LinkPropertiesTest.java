package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every link, whatever its impairments. */
class LinkPropertiesTest {
  private static final int RUNS = 200;

  private static List<Long> seeds() {
    return List.of(11L, 22L, 33L);
  }

  private static Impairments any(RandomGenerator random) {
    Loss[] losses = {
      Loss.NONE,
      new Loss.Random(random.nextDouble()),
      new Loss.GilbertElliott(
          random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble()),
      new Loss.Gaps(1 + random.nextInt(9), 1 + random.nextInt(3), 4 + random.nextInt(9))
    };
    return Impairments.NONE
        .with()
        .down(random.nextInt(20) == 0)
        .delayNanos(1 + random.nextInt(100_000))
        .jitterNanos(random.nextBoolean() ? 0 : random.nextInt(100_000))
        .jitterShape(random.nextBoolean() ? JitterShape.UNIFORM : JitterShape.NORMAL)
        .jitterReorders(random.nextBoolean())
        .loss(losses[random.nextInt(losses.length)])
        .duplicate(random.nextBoolean() ? 0 : random.nextDouble())
        .reorder(random.nextBoolean() ? 0 : random.nextDouble(), 1 + random.nextInt(6))
        .corrupt(random.nextBoolean() ? 0 : random.nextDouble())
        .bitsPerSecond(random.nextBoolean() ? 0 : 1 + random.nextLong(2_000_000_000))
        .overheadBytes(random.nextInt(30))
        .queuePackets(random.nextInt(50))
        .queueBytes(random.nextInt(100_000))
        .build();
  }

  private static Wire run(long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    Wire wire = new Wire(seed, any(random));
    long now = 0;
    for (int i = 0; i < 300; i++) {
      now += random.nextInt(20_000);
      if (random.nextInt(60) == 0) {
        wire.link.impair(now, any(random));
      }
      wire.enter(now, random.nextInt(1500));
      FrameCounters c = wire.link.counters();
      assertThat(c.framesIn() + c.copies())
          .isEqualTo(c.framesOut() + c.dropped() + wire.link.underWay());
    }
    return wire;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nothingIsLostFromTheBooks(long first) {
    for (long seed = first * 1000; seed < first * 1000 + RUNS; seed++) {
      try (Wire wire = run(seed)) {
        wire.runOut();
        FrameCounters c = wire.link.counters();
        assertThat(c.framesIn()).isEqualTo(300);
        assertThat(c.framesOut()).isEqualTo(wire.arrivals.size());
        assertThat(c.dropped()).isEqualTo(wire.losses.size());
        assertThat(c.drops().values().stream().mapToLong(n -> n).sum()).isEqualTo(c.dropped());
        assertThat(wire.times()).isSorted();
        assertThat((long) wire.arrivals.size() + wire.losses.size()).isEqualTo(300 + c.copies());
        var numbers = new HashSet<>(wire.numbers());
        wire.losses.forEach(lost -> numbers.add(lost.number()));
        assertThat(numbers).hasSize(300);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oneSeedGivesOneTrace(long seed) {
    try (Wire once = run(seed);
        Wire again = run(seed);
        Wire other = run(seed + 1)) {
      once.runOut();
      again.runOut();
      other.runOut();
      assertThat(once.trails).isEqualTo(again.trails).isNotEqualTo(other.trails);
      assertThat(once.arrivals).isEqualTo(again.arrivals);
      assertThat(once.losses).isEqualTo(again.losses);
    }
  }

  @Test
  void oneRuleDoesNotDisturbTheDecisionsOfAnother() {
    Impairments loss = Impairments.NONE.with().delayNanos(1).loss(0.2).build();
    Impairments more =
        loss.with().jitterNanos(900).reorder(0.1, 2).corrupt(0.5).duplicate(0.5).build();
    try (Wire plain = new Wire(6, loss);
        Wire busy = new Wire(6, more)) {
      plain.enter(2_000, 100, 60);
      busy.enter(2_000, 100, 60);
      assertThat(plain.losses).isEqualTo(busy.losses).isNotEmpty();
    }
  }

  @Test
  void aRuleThatIsOffDrawsNothing() {
    try (Wire always = new Wire(6, Impairments.NONE.with().loss(0.2).build());
        Wire paused = new Wire(6, Impairments.NONE)) {
      always.enter(1_000, 1, 60);
      paused.enter(500, 1, 60);
      paused.link.impair(500, Impairments.NONE.with().loss(0.2).build());
      for (int i = 0; i < 1_000; i++) {
        paused.enter(500 + i, 60);
      }
      List<Integer> expected = new ArrayList<>();
      always.losses.forEach(lost -> expected.add(lost.number() + 500));
      assertThat(paused.losses).extracting(Wire.Lost::number).isEqualTo(expected);
    }
  }

  @Test
  void theConstructorDrawsFiveNumbersAndTheFramesNone() {
    SplittableRandom given = new SplittableRandom(77);
    SplittableRandom twin = new SplittableRandom(77);
    try (Wire wire = new Wire(1, Impairments.NONE)) {
      LinkDirection link = new LinkDirection("x", wire.pool, given);
      link.impair(0, Impairments.NONE.with().loss(1).build());
      try (var out = new org.larval.packet.EffectList()) {
        link.onPacket(0, wire.packet(0, 10), out);
      }
    }
    for (int i = 0; i < 5; i++) {
      twin.nextLong();
    }
    assertThat(given.nextLong()).isEqualTo(twin.nextLong());
  }
}
