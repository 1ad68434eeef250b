package org.larval.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;

/** A rate is exact to the nanosecond, and the queue in front of it holds what was asked. */
class RateTest {
  private static ImpairmentsBuilder rate(long bitsPerSecond) {
    return Impairments.NONE.with().bitsPerSecond(bitsPerSecond);
  }

  @Test
  void aFrameTakesItsBitsDividedByTheRate() {
    try (Wire wire = new Wire(1, rate(10_000_000).build())) {
      wire.enter(100, 1500);
      wire.runOut();
      // 12,000 bits at 10 Mbit/s
      assertThat(wire.times()).containsExactly(100 + 1_200_000L);
    }
  }

  @Test
  void overheadUsesTheRateToo() {
    try (Wire wire =
        new Wire(1, rate(1_000_000_000).overheadBytes(Impairments.ETHERNET_OVERHEAD).build())) {
      wire.enter(0, 1514);
      wire.runOut();
      // 1538 bytes: the well known 81,274 frames of 1500 bytes per second on gigabit Ethernet
      assertThat(wire.times()).containsExactly(12_304L);
      assertThat(1_000_000_000L / 12_304).isEqualTo(81_274);
    }
  }

  @Test
  void framesQueueBehindEachOtherAndAnIdleLineStartsAtOnce() {
    try (Wire wire = new Wire(1, rate(8_000_000_000L).delayNanos(50).build())) {
      wire.enter(0, 100);
      wire.enter(10, 100);
      wire.enter(500, 100);
      wire.runOut();
      assertThat(wire.times()).containsExactly(150L, 250L, 650L);
      assertThat(wire.trails.get(1)).contains("action=IMPAIRED, detail=rate, number=190");
    }
  }

  @Test
  void fractionsOfANanosecondAreNotLost() {
    // 8,000 bits at 3 Mbit/s: 2,666,666 and two thirds
    try (Wire wire = new Wire(1, rate(3_000_000).build())) {
      wire.enter(999, 0, 1000);
      wire.runOut();
      assertThat(wire.times())
          .isEqualTo(
              LongStream.rangeClosed(1, 999)
                  .mapToObj(n -> n * 8_000L * 1_000_000_000L / 3_000_000)
                  .toList());
      assertThat(wire.times().getLast()).isEqualTo(2_664_000_000L);
    }
  }

  @Test
  void theQueueDropsAtItsTailAndCountsWhatWaits() {
    try (Wire wire = new Wire(1, rate(8_000_000_000L).queuePackets(3).build())) {
      wire.enter(6, 0, 100);
      assertThat(wire.link.waiting(0)).isEqualTo(3);
      assertThat(wire.losses)
          .containsExactly(
              new Wire.Lost(0, 4, DropReason.LINK_QUEUE_FULL),
              new Wire.Lost(0, 5, DropReason.LINK_QUEUE_FULL));
      // the first is out: one place is free
      wire.enter(100, 100);
      wire.enter(100, 100);
      assertThat(wire.losses).hasSize(3);
      assertThat(wire.link.waiting(100)).isEqualTo(3);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(0, 1, 2, 3, 6);
      assertThat(wire.times()).containsExactly(100L, 200L, 300L, 400L, 500L);
      assertThat(wire.link.waiting(500)).isZero();
    }
  }

  @Test
  void aQueueOfNoneDropsWhateverWouldWait() {
    try (Wire wire = new Wire(1, rate(8_000_000_000L).queuePackets(0).build())) {
      wire.enter(0, 100);
      wire.enter(99, 100);
      wire.enter(100, 100);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(0, 2);
    }
  }

  @Test
  void aQueueInBytesCountsThoseThatWait() {
    try (Wire wire = new Wire(1, rate(8_000_000_000L).queueBytes(250).build())) {
      wire.enter(0, 1000);
      wire.enter(0, 100);
      wire.enter(0, 151);
      wire.enter(0, 150);
      wire.enter(0, 1);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(0, 1, 3);
    }
  }

  @Test
  void lostFramesHaveUsedTheirShareOfTheRate() {
    try (Wire wire = new Wire(1, rate(8_000_000_000L).loss(new Loss.Gaps(1, 1, 0)).build())) {
      wire.enter(2, 0, 100);
      wire.runOut();
      assertThat(wire.times()).containsExactly(200L);
    }
  }

  @Test
  void aNewRateStartsWithAnIdleLineAndKeepsOldArrivals() {
    try (Wire wire = new Wire(1, rate(8).build())) {
      wire.enter(0, 10);
      wire.enter(0, 10);
      wire.link.impair(5, wire.link.impairments().with().bitsPerSecond(8_000_000_000L).build());
      wire.enter(6, 10);
      wire.runOut();
      assertThat(wire.numbers()).containsExactly(2, 0, 1);
      assertThat(wire.times()).containsExactly(16L, 10_000_000_000L, 20_000_000_000L);
    }
  }

  @Test
  void theSlowestRateDoesNotOverflow() {
    try (Wire wire = new Wire(1, rate(1).queuePackets(Impairments.MAX_QUEUE).build())) {
      for (int i = 0; i < 40_000; i++) {
        wire.enter(0, 1_500);
      }
      assertThat(wire.losses).isEmpty();
      assertThat(wire.link.deadline()).isEqualTo(12_000_000_000_000L);
      wire.runOut();
      assertThat(wire.times()).isSorted();
      assertThat(wire.times().getFirst()).isPositive();
    }
  }
}
