package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.S;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;

/** One table for all presets, and what is particular to some. */
class PresetTest {
  /**
   * 200 datagrams, one every 5 ms, the SA comes after 500 ms. What a blocking and a non-blocking
   * sender are told first, how many leave protected in 2 s, how many were late.
   */
  @ParameterizedTest
  @CsvSource({
    "linux-2.6.21,       ASLEEP, EAGAIN, 100, 0",
    "linux-2.6.22-block, ASLEEP, EAGAIN, 100, 0",
    "linux-default,      OK,     OK,     100, 0",
    "linux-queue,        OK,     OK,     200, 100",
    "wireguard,          OK,     OK,     200, 100",
    "freebsd,            OK,     OK,     100, 0",
    "openbsd,            OK,     OK,     100, 0",
    "libreswan,          OK,     OK,     100, 0",
    "eagain,             EAGAIN, EAGAIN, 100, 0",
    "larval,             OK,     OK,     200, 100",
  })
  void table(String name, Errno blocking, Errno nonBlocking, int sent, int late) {
    SaMissPolicy rules = SaMissPolicy.named(name);
    assertThat(rules).isNotNull();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protect());
      assertThat(bench.send(bench.udp(C), Who.LOCAL_BLOCKING)).isEqualTo(Errno.OK);
      bench.out.clear();
      for (int i = 0; i < 200; i++) {
        bench.run(5 * MS * i);
        if (i == 100) {
          bench.install(bench.sa(A, B));
        }
        Errno told = bench.send(B);
        if (i == 0) {
          assertThat(told).isEqualTo(nonBlocking);
        }
      }
      bench.run(2 * S);
      assertThat(bench.forwarded()).isEqualTo(sent);
      assertThat(bench.packets().stream().filter(p -> p.heldNanos > 0).count()).isEqualTo(late);
      assertThat(bench.packets()).noneMatch(p -> p.leaked);
    }
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protect());
      assertThat(bench.send(bench.udp(B), Who.LOCAL_BLOCKING)).isEqualTo(blocking);
    }
  }

  @Test
  void everyPresetSaysWhereItWasLearnt() {
    assertThat(SaMissPolicy.PRESETS).hasSize(10);
    for (SaMissPolicy preset : SaMissPolicy.PRESETS) {
      assertThat(SaMissPolicy.named(preset.name())).isSameAs(preset);
      assertThat(preset.sentence()).endsWith(".").hasSizeBetween(60, 300);
    }
    assertThat(SaMissPolicy.named("windows")).isNull();
  }

  @Test
  void wireguardKeeps128AndTheNewestOnes() {
    try (Bench bench = new Bench(SaMissPolicy.WIREGUARD)) {
      bench.add(Bench.protect());
      for (int i = 0; i < 130; i++) {
        assertThat(bench.send(B)).isEqualTo(Errno.OK);
      }
      assertThat(bench.out.drops())
          .containsExactly(DropReason.HOLD_OVERFLOW_OLDEST, DropReason.HOLD_OVERFLOW_OLDEST);
      bench.install(bench.sa(A, B));
      assertThat(bench.packets()).hasSize(128).extracting(Packet::id).isSorted().startsWith(3L);
    }
  }

  @Test
  void wireguardTriesEveryFiveSecondsAndGivesUpAfterNinety() {
    try (Bench bench = new Bench(SaMissPolicy.WIREGUARD)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.run(90 * S - 1);
      assertThat(bench.acquires()).hasSize(18);
      assertThat(bench.engine.held().count()).isOne();
      bench.run(90 * S);
      assertThat(bench.acquires()).hasSize(18);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_PURGED);
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
      bench.send(B);
      assertThat(bench.acquires()).hasSize(19);
    }
  }

  @Test
  void freebsdAsksAgainAfterTenSuppressedOrTwentySeconds() {
    try (Bench bench = new Bench(SaMissPolicy.FREEBSD)) {
      bench.add(Bench.protect());
      for (int i = 0; i < 23; i++) {
        bench.send(B);
      }
      assertThat(bench.acquires()).hasSize(3);
      bench.run(20 * S);
      bench.send(B);
      assertThat(bench.acquires()).hasSize(4);
    }
  }

  @Test
  void openbsdAsksOncePerFlowAndGateway() {
    try (Bench openbsd = new Bench(SaMissPolicy.OPENBSD);
        Bench linux = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      for (Bench bench : List.of(openbsd, linux)) {
        bench.add(
            Bench.policy(
                Direction.OUT,
                new Selector(
                    Bench.udp(A, B).source(), Bench.udp(A, B).target(), 17, 0, 0, 7, 0xffff, 0),
                0,
                Bench.esp(Bench.REQID)));
        bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 1, Bench.esp(Bench.REQID)));
        bench.send(bench.udp(B, 7), Who.LOCAL_NONBLOCKING);
        bench.send(bench.udp(B, 8), Who.LOCAL_NONBLOCKING);
        bench.send(bench.udp(B, 9), Who.LOCAL_NONBLOCKING);
      }
      assertThat(openbsd.acquires()).hasSize(2);
      assertThat(linux.acquires()).hasSize(1);
    }
  }

  @Test
  void libreswansBlockShuntAnswersEpermWhileItNegotiates() {
    try (Bench bench = new Bench(SaMissPolicy.LIBRESWAN)) {
      bench.add(Bench.protect());
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      bench.engine.spd().update(0, Bench.block(Bench.udp(A, B), 0), Lifetimes.NONE, bench.out);
      assertThat(bench.send(B)).isEqualTo(Errno.EPERM);
      bench.install(bench.sa(A, B));
      bench.engine.spd().update(0, Bench.protect(), Lifetimes.NONE, bench.out);
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      assertThat(bench.forwarded()).isOne();
    }
  }

  @Test
  void aSleeperIsWokenByTheEndOfTheLarvalStateToo() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_2_6_22_BLOCK)) {
      bench.add(Bench.protect());
      assertThat(bench.send(bench.udp(B), Who.LOCAL_BLOCKING)).isEqualTo(Errno.ASLEEP);
      bench.run(30 * S);
      assertThat(bench.out.events(XfrmEvent.Wake.class)).hasSize(1);
      assertThat(bench.send(bench.udp(B), Who.LOCAL_BLOCKING)).isEqualTo(Errno.ASLEEP);
      assertThat(bench.acquires()).hasSize(2);
    }
  }
}
