package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.REQID;
import static org.larval.xfrm.Bench.S;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Jiffies;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/** xfrm_larval_drop=0, as spec sa-resolution 4 describes it and kernel-sa-miss measured it. */
class LinuxQueueTest {
  private static final SaMissPolicy EXACT =
      SaMissPolicy.LINUX_QUEUE.change().timers(Jiffies.EXACT).make();

  @Test
  void holds101PacketsThenEagain() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      for (int i = 0; i < 101; i++) {
        assertThat(bench.send(B)).isEqualTo(Errno.OK);
      }
      assertThat(bench.send(B)).isEqualTo(Errno.EAGAIN);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_OVERFLOW_NEWEST);
      assertThat(bench.engine.held().count()).isEqualTo(101);
      assertThat(bench.engine.held().bytes()).isEqualTo(101 * 128);
      assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isZero();
      assertThat(bench.acquires()).hasSize(1);
    }
  }

  @Test
  void pollsAtDoublingGapsAndPurgesAt204point7Seconds() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      List<Long> polls = new ArrayList<>();
      long before = 0;
      while (bench.engine.held().count() > 0) {
        bench.run(bench.engine.deadline());
        if (bench.engine.held().stats().polls() != before) {
          before = bench.engine.held().stats().polls();
          polls.add(bench.now / (100 * MS));
        }
      }
      assertThat(polls).containsExactly(1L, 3L, 7L, 15L, 31L, 63L, 127L, 255L, 511L, 1023L, 2047L);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_PURGED);
    }
  }

  @Test
  void withTheTimersOfAKernelThePurgeComesWhenItWasMeasured() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      bench.add(Bench.protect());
      bench.send(B);
      while (bench.engine.held().count() > 0) {
        bench.run(bench.engine.deadline());
      }
      // Measured: 210.8 s.
      assertThat(bench.now).isBetween(210_500 * MS, 211_100 * MS);
    }
  }

  @Test
  void anSaThatArrivesWakesNothing() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.run(1600 * MS);
      bench.install(bench.sa(A, B));
      bench.run(3099 * MS);
      assertThat(bench.forwarded()).isZero();
      bench.run(3100 * MS);
      assertThat(bench.forwarded()).isOne();
      Packet packet = bench.packets().getFirst();
      assertThat(packet.heldNanos).isEqualTo(3100 * MS);
      assertThat(packet.companion).isInstanceOf(Bundle.class);
      assertThat(bench.engine.held().stats().released()).isOne();
      assertThat(Bench.steps(packet))
          .containsExactly(
              StepAction.POLICY_MATCHED,
              StepAction.SA_MISSING,
              StepAction.ACQUIRE_SENT,
              StepAction.HELD,
              StepAction.RELEASED);
    }
  }

  @Test
  void laterPacketsOvertakeTheHeldOnes() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      Packet first = bench.udp(B);
      long held = first.id();
      bench.send(first, Who.LOCAL_NONBLOCKING);
      bench.run(20 * MS);
      bench.install(bench.sa(A, B));
      bench.send(B);
      bench.run(100 * MS);
      assertThat(bench.packets()).extracting(Packet::id).containsExactly(held + 1, held);
    }
  }

  @Test
  void aConnectedSocketKeepsItsHoldUntilAPolicyIsInserted() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      Hold hold = (Hold) bench.lookup(B, Who.LOCAL_NONBLOCKING);
      bench.install(bench.sa(A, B));
      assertThat(hold.valid()).isTrue();
      for (int i = 0; i < 102; i++) {
        Errno errno = bench.engine.hold(bench.now, hold, bench.udp(B), bench.out);
        assertThat(errno).isEqualTo(i < 101 ? Errno.OK : Errno.EAGAIN);
      }
      bench.run(100 * MS);
      assertThat(bench.forwarded()).isEqualTo(101);
      assertThat(hold.valid()).isTrue();
      bench.now = 150 * MS;
      bench.engine.hold(bench.now, hold, bench.udp(B), bench.out);
      bench.run(250 * MS);
      assertThat(bench.forwarded()).isEqualTo(102);
      bench.add(Bench.block(Bench.udp(A, C), 9));
      assertThat(hold.valid()).isFalse();
    }
  }

  @Test
  void theGapStartsAnewAfterTheQueueWasEmptied() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B));
      bench.engine.sad().delete(0, state.id(), 0, bench.out);
      bench.send(B);
      bench.run(200 * MS);
      bench.install(bench.sa(A, B));
      bench.run(300 * MS);
      assertThat(bench.forwarded()).isOne();
      bench.engine.sad().flush(bench.now, bench.out);
      bench.send(B);
      assertThat(bench.engine.deadline()).isEqualTo(400 * MS);
    }
  }

  @Test
  void oneDeadPeerAtTheHeadHoldsBackTheOthers() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protectAll());
      bench.send(C);
      bench.send(B);
      bench.install(bench.sa(A, B));
      bench.run(210 * S);
      assertThat(bench.forwarded()).isZero();
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_PURGED, DropReason.HOLD_PURGED);
    }
  }

  @Test
  void whenTheHeadResolvesPacketsOfOtherPeersAreLost() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      bench.send(C);
      bench.send(B);
      bench.install(bench.sa(A, B));
      bench.run(100 * MS);
      assertThat(bench.forwarded()).isEqualTo(2);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_RELOOKUP_FAILED);
      assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isOne();
      assertThat(bench.engine.held().count()).isZero();
    }
  }

  @Test
  void aReplacedPolicyTakesTheQueueOverAndPollsAtOnce() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.run(800 * MS);
      bench.install(bench.sa(A, B));
      bench
          .engine
          .spd()
          .update(
              bench.now,
              Bench.policy(Direction.OUT, Bench.udp(A, B), 5, Bench.esp(REQID)),
              Lifetimes.NONE,
              bench.out);
      bench.run(801 * MS);
      assertThat(bench.forwarded()).isOne();
      assertThat(bench.packets().getFirst().heldNanos).isEqualTo(800 * MS);
    }
  }

  @Test
  void aReplacedPolicyWithoutAnSaStartsWith100MillisecondsAgain() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.run(1000 * MS);
      bench.engine.spd().update(bench.now, Bench.protect(), Lifetimes.NONE, bench.out);
      bench.run(1000 * MS);
      assertThat(bench.engine.deadline()).isEqualTo(1200 * MS);
    }
  }

  @Test
  void aBlockingPolicyInItsPlacePurges() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.send(B);
      bench
          .engine
          .spd()
          .update(bench.now, Bench.block(Bench.udp(A, B), 0), Lifetimes.NONE, bench.out);
      bench.run(1 * MS);
      assertThat(bench.out.drops())
          .containsExactly(DropReason.HOLD_POLICY_BLOCKS, DropReason.HOLD_POLICY_BLOCKS);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_BLOCK)).isOne();
    }
  }

  @Test
  void aDeletedPolicyPurgesAndAStickySocketThenLeavesInClear() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      Hold hold = (Hold) bench.lookup(B, Who.LOCAL_NONBLOCKING);
      bench.send(B);
      bench.engine.spd().delete(0, Bench.protect().identity(), bench.out);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_POLICY_GONE);
      assertThat(hold.valid()).isTrue();
      bench.engine.hold(bench.now, hold, bench.udp(B), bench.out);
      bench.run(100 * MS);
      assertThat(bench.packets().getFirst().companion).isEqualTo(new Lookup.Bypass(null, false));
    }
  }

  @Test
  void flushAndExpiryOfPoliciesPurgeToo() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.engine.spd().flush(0, bench.out);
      assertThat(bench.out.drops()).containsExactly(DropReason.HOLD_POLICY_GONE);
      bench
          .engine
          .spd()
          .add(0, Bench.protect(), Lifetimes.seconds(Lifetimes.INFINITE, 2), bench.out);
      bench.send(B);
      bench.run(2 * S);
      assertThat(bench.out.drops())
          .containsExactly(DropReason.HOLD_POLICY_GONE, DropReason.HOLD_POLICY_GONE);
      assertThat(bench.out.events(XfrmEvent.PolicyExpired.class)).hasSize(1);
    }
  }

  @Test
  void theSameSegmentIsHeldOnlyOnce() {
    try (Bench bench = new Bench(EXACT)) {
      bench.add(Bench.protect());
      Packet syn = bench.udp(B);
      syn.segment = 42;
      Packet again = bench.udp(B);
      again.segment = 42;
      assertThat(bench.send(syn, Who.LOCAL_SOFTIRQ)).isEqualTo(Errno.OK);
      assertThat(bench.engine.held().stillQueued(42)).isTrue();
      assertThat(bench.send(again, Who.LOCAL_SOFTIRQ)).isEqualTo(Errno.OK);
      assertThat(bench.out.of(EffectList.Dropped.class))
          .containsExactly(new EffectList.Dropped(again, DropReason.HOLD_DUPLICATE));
      assertThat(bench.engine.held().count()).isOne();
      bench.install(bench.sa(A, B));
      bench.run(100 * MS);
      assertThat(bench.engine.held().stillQueued(42)).isFalse();
    }
  }

  @Test
  void theTimerOfAFastSenderIsRoundedLessThanThatOfASlowOne() {
    // Every packet takes the timer out of the wheel and puts it back, with less delay left.
    try (Bench slow = new Bench(SaMissPolicy.LINUX_QUEUE);
        Bench fast = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      slow.add(Bench.protect());
      fast.add(Bench.protect());
      slow.send(B);
      for (long at = 0; at < 1000 * MS; at += 10 * MS) {
        fast.run(at);
        fast.send(B);
      }
      slow.run(1000 * MS);
      slow.install(slow.sa(A, B));
      fast.install(fast.sa(A, B));
      slow.run(2 * S);
      fast.run(2 * S);
      // Measured: 1544 to 1613 ms where the arithmetic says 1500.
      assertThat(slow.packets().getFirst().heldNanos).isBetween(1500 * MS, 1620 * MS);
      assertThat(fast.packets().getFirst().heldNanos)
          .isBetween(1500 * MS, slow.packets().getFirst().heldNanos);
    }
  }
}
