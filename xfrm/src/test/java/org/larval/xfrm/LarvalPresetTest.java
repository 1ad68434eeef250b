package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.REQID;
import static org.larval.xfrm.Bench.S;

import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.Ipv4View;

/** Our own SA-miss policy: what each rule of spec sa-resolution 11 promises. */
class LarvalPresetTest {
  @Test
  void releasesInOrderTheMomentTheSaIsThere() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      for (int i = 0; i < 10; i++) {
        bench.run(i * MS);
        bench.send(B);
      }
      bench.run(800 * MS);
      bench.install(bench.sa(A, B));
      assertThat(bench.packets()).hasSize(10).extracting(Packet::id).isSorted();
      assertThat(bench.packets()).allMatch(p -> p.companion instanceof Bundle);
      assertThat(bench.packets().getFirst().heldNanos).isEqualTo(800 * MS);
      assertThat(bench.engine.held().count()).isZero();
      assertThat(bench.engine.held().bytes()).isZero();
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void aDeadPeerHoldsBackNobodyElse() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protectAll());
      bench.send(C);
      bench.send(B);
      bench.install(bench.sa(A, B));
      assertThat(bench.forwarded()).isOne();
      assertThat(bench.engine.held().count()).isOne();
    }
  }

  @Test
  void anSaForOneFlowOnlyReleasesThatFlow() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      bench.send(bench.udp(B, 1), Who.LOCAL_NONBLOCKING);
      bench.send(bench.udp(B, 2), Who.LOCAL_NONBLOCKING);
      assertThat(bench.acquires()).hasSize(1);
      bench.install(bench.sa(A, B).selector(bench.acquires().getFirst().selector()));
      assertThat(bench.forwarded()).isOne();
      assertThat(bench.engine.held().count()).isOne();
      assertThat(bench.acquires()).hasSize(2);
      bench.install(bench.sa(A, B));
      assertThat(bench.forwarded()).isEqualTo(2);
    }
  }

  @Test
  void aFailureIsToldToTheSendersAndRememberedForASecond() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.send(B);
      bench.engine.sad().acquireFailed(0, bench.acquires().getFirst().sequence(), bench.out);
      assertThat(bench.out.drops())
          .containsExactly(DropReason.NEGOTIATION_FAILED, DropReason.NEGOTIATION_FAILED);
      assertThat(bench.out.events(XfrmEvent.Reject.class))
          .hasSize(2)
          .allMatch(r -> r.cause() == XfrmEvent.Cause.PROHIBITED)
          .allMatch(r -> r.quote().length == 128 && r.quote()[0] == 0x45);
      assertThat(bench.send(B)).isEqualTo(Errno.EHOSTUNREACH);
      assertThat(bench.acquires()).hasSize(1);
      bench.run(S);
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      assertThat(bench.acquires()).hasSize(2);
    }
  }

  @Test
  void rejectsAreLimited() {
    SaMissPolicy many =
        SaMissPolicy.LARVAL
            .change()
            .limits(SaMissPolicy.Limits.packets(500))
            .overflow(SaMissPolicy.Overflow.DROP_NEWEST)
            .make();
    try (Bench bench = new Bench(many)) {
      bench.add(Bench.protect());
      for (int i = 0; i < 300; i++) {
        bench.send(B);
      }
      bench.engine.sad().acquireFailed(0, bench.acquires().getFirst().sequence(), bench.out);
      assertThat(bench.out.events(XfrmEvent.Reject.class)).hasSize(Rejections.PER_SECOND);
      assertThat(bench.out.drops()).hasSize(300);
    }
  }

  @Test
  void aSilentKeyManagerMeansUnreachableAfterTheLimitOfAge() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.run(4 * S);
      bench.send(B);
      bench.run(10 * S - 1);
      assertThat(bench.out.drops()).isEmpty();
      bench.run(10 * S);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_TIMEOUT);
      bench.run(14 * S);
      assertThat(bench.out.drops()).hasSize(2);
      assertThat(bench.out.events(XfrmEvent.Reject.class))
          .allMatch(r -> r.cause() == XfrmEvent.Cause.UNREACHABLE)
          .hasSize(2);
    }
  }

  @Test
  void aHoldIsStaleAsSoonAsSomethingChangesAndAsksAgain() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      Hold hold = (Hold) bench.lookup(B, Who.LOCAL_NONBLOCKING);
      assertThat(hold.valid()).isTrue();
      bench.install(bench.sa(A, B));
      assertThat(hold.valid()).isFalse();
      assertThat(bench.engine.hold(0, hold, bench.udp(B), bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.packets().getFirst().companion).isInstanceOf(Bundle.class);
      assertThat(bench.engine.held().count()).isZero();
    }
  }

  @Test
  void aRetransmittedSynTakesThePlaceOfTheFirst() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      Packet first = bench.udp(B);
      first.segment = 42;
      bench.send(first, Who.LOCAL_SOFTIRQ);
      bench.send(B);
      bench.run(1000 * MS);
      Packet second = bench.udp(B);
      second.segment = 42;
      bench.send(second, Who.LOCAL_SOFTIRQ);
      assertThat(bench.out.of(EffectList.Dropped.class))
          .containsExactly(new EffectList.Dropped(first, DropReason.HOLD_DUPLICATE));
      assertThat(bench.engine.held().count()).isEqualTo(2);
      bench.install(bench.sa(A, B));
      assertThat(bench.packets().getFirst()).isSameAs(second);
      assertThat(bench.forwarded()).isEqualTo(2);
    }
  }

  @Test
  void aDeletedPolicyDoesNotLetWhatWaitedForProtectionGo() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.engine.spd().flush(0, bench.out);
      assertThat(bench.forwarded()).isZero();
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_POLICY_GONE);
    }
  }

  @Test
  void aFlushDropsThemAllAtOnceThoughAPassPolicyStoodBehind() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.protect());
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/24"), 9));
      bench.send(B);
      bench.engine.spd().flush(0, bench.out);
      assertThat(bench.forwarded()).isZero();
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_POLICY_GONE);
    }
  }

  @Test
  void anExplicitPassPolicyDoesAndABlockingOneDrops() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 5, Bench.esp(REQID)));
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, C), 5, Bench.esp(REQID)));
      bench.send(B);
      bench.send(C);
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.2/32"), 1));
      assertThat(bench.forwarded()).isOne();
      assertThat(bench.packets().getFirst().leaked).isFalse();
      bench.add(Bench.block(Bench.anyTo("10.9.0.3/32"), 1));
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_POLICY_BLOCKS);
    }
  }

  @Test
  void aKeyManagerThatReplacesTheTrapAfterTheSaLosesNothing() {
    try (Bench bench = new Bench(SaMissPolicy.LARVAL)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 9, Bench.esp(0)));
      bench.send(B);
      bench.install(bench.sa(A, B));
      assertThat(bench.engine.held().count()).isOne();
      bench.engine.spd().update(0, Bench.protect(), Lifetimes.NONE, bench.out);
      assertThat(bench.forwarded()).isOne();
    }
  }

  @Test
  void limitsOfBytesCountPerQueueAndForAll() {
    SaMissPolicy.Limits limits = new SaMissPolicy.Limits(100, 300, Long.MAX_VALUE, 400, 10);
    SaMissPolicy rules =
        SaMissPolicy.LARVAL
            .change()
            .limits(limits)
            .overflow(SaMissPolicy.Overflow.DROP_NEWEST)
            .make();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protectAll());
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      assertThat(bench.send(B)).isEqualTo(Errno.EAGAIN);
      assertThat(bench.send(C)).isEqualTo(Errno.OK);
      assertThat(bench.send(C)).isEqualTo(Errno.EAGAIN);
      assertThat(bench.out.drops())
          .containsExactly(DropReason.HOLD_LIMIT_BYTES, DropReason.HOLD_LIMIT_BYTES);
      assertThat(bench.engine.held().bytes()).isEqualTo(3 * (Ipv4View.HEADER + 108));
    }
  }

  @Test
  void oneResolutionTooManyFailsTheOldest() {
    SaMissPolicy.Limits limits = new SaMissPolicy.Limits(100, 10_000, Long.MAX_VALUE, 10_000, 1);
    SaMissPolicy rules =
        SaMissPolicy.LARVAL
            .change()
            .limits(limits)
            .overflow(SaMissPolicy.Overflow.DROP_NEWEST)
            .make();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      bench.send(C);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_RESOLUTION_EVICTED);
      assertThat(bench.engine.held().count()).isOne();
    }
    limits = new SaMissPolicy.Limits(100, 10_000, Long.MAX_VALUE, 300, 10);
    rules =
        SaMissPolicy.LARVAL
            .change()
            .limits(limits)
            .overflow(SaMissPolicy.Overflow.FAIL_OLDEST_RESOLUTION)
            .make();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      bench.send(C);
      bench.send(C);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_RESOLUTION_EVICTED);
      assertThat(bench.engine.held().count()).isEqualTo(2);
    }
  }

  @Test
  void opportunisticFailurePassesInClearForTheCacheTime() {
    SaMissPolicy rules =
        SaMissPolicy.LARVAL
            .change()
            .onFailure(SaMissPolicy.OnFailure.PASS)
            .failureCache(5 * S)
            .make();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.engine.sad().acquireFailed(0, bench.acquires().getFirst().sequence(), bench.out);
      assertThat(bench.packets()).hasSize(1).allMatch(p -> p.leaked);
      assertThat(bench.lookup(B, Who.LOCAL_NONBLOCKING)).isInstanceOf(Lookup.PassInClear.class);
      bench.run(5 * S);
      assertThat(bench.lookup(B, Who.LOCAL_NONBLOCKING)).isInstanceOf(Hold.class);
    }
  }
}
