package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.S;
import static org.larval.xfrm.Lifetimes.INFINITE;

import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** States from installation to expiry, and which of several is chosen (spec xfrm 3.2). */
class StateLifeTest {
  private static Lifetimes packets(long soft, long hard) {
    return new Lifetimes(INFINITE, INFINITE, soft, hard, INFINITE, INFINITE, INFINITE, INFINITE);
  }

  @Test
  void aHardLimitOfPacketsLetsExactlySoManyThrough() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B).lifetimes(packets(2, 3)));
      for (int i = 0; i < 4; i++) {
        bench.send(B);
      }
      assertThat(bench.forwarded()).isEqualTo(3);
      assertThat(bench.out.drops()).containsExactly(DropReason.XFRM_OUT_STATE_EXPIRED);
      assertThat(bench.count(XfrmStats.Counter.OUT_STATE_EXPIRED)).isOne();
      assertThat(bench.out.events(XfrmEvent.Expire.class))
          .containsExactly(new XfrmEvent.Expire(state, false));
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.EXPIRED);
      bench.run(0);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(bench.out.events(XfrmEvent.Expire.class).getLast())
          .isEqualTo(new XfrmEvent.Expire(state, true));
      bench.send(B);
      assertThat(bench.acquires()).hasSize(1);
    }
  }

  @Test
  void bytesCountThePayloadInTransportAndTheWholePacketInTunnelMode() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B));
      bench.send(B);
      assertThat(state.bytes()).isEqualTo(108);
      assertThat(state.packets()).isOne();
      bench.engine.spd().flush(0, bench.out);
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B)));
      State tunnel = bench.install(bench.sa(A, B).mode(Mode.TUNNEL));
      bench.send(B);
      assertThat(tunnel.bytes()).isEqualTo(128);
    }
  }

  @Test
  void aPacketThatCrossesALimitOfBytesStillPasses() {
    Lifetimes limits =
        new Lifetimes(INFINITE, 109, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE);
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.install(bench.sa(A, B).lifetimes(limits));
      bench.send(B);
      bench.send(B);
      bench.send(B);
      assertThat(bench.forwarded()).isEqualTo(2);
    }
  }

  @Test
  void limitsOfTimeAreCountedInWholeSeconds() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.now = 500_000_000L;
      State state = bench.install(bench.sa(A, B).lifetimes(Lifetimes.seconds(5, 8)));
      bench.run(6 * S - 1);
      assertThat(state.dying()).isTrue();
      assertThat(bench.out.events(XfrmEvent.Expire.class))
          .containsExactly(new XfrmEvent.Expire(state, false));
      bench.run(8 * S + S / 2);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void useTimeBeginsWithTheFirstPacket() {
    Lifetimes limits =
        new Lifetimes(INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, INFINITE, 10);
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B).lifetimes(limits));
      bench.run(25 * S);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.VALID);
      bench.send(B);
      bench.run(34 * S);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.VALID);
      bench.run(35 * S);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
    }
  }

  @Test
  void theNewestWinsUnlessItIsDying() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State old = bench.install(bench.sa(A, B));
      Bundle before = (Bundle) bench.lookup(B, Who.FORWARD);
      assertThat(before.states()).containsExactly(old);
      bench.run(10 * S);
      State fresh =
          bench.install(bench.sa(A, B).lifetimes(Lifetimes.seconds(5, Lifetimes.INFINITE)));
      assertThat(before.valid()).isFalse();
      assertThat(((Bundle) bench.lookup(B, Who.FORWARD)).states()).containsExactly(fresh);
      // A key manager's word alone does not make it dying, its own limit does.
      bench.engine.sad().expire(bench.now, fresh.id(), 0, false, bench.out);
      assertThat(((Bundle) bench.lookup(B, Who.FORWARD)).states()).containsExactly(fresh);
      bench.run(16 * S);
      assertThat(((Bundle) bench.lookup(B, Who.FORWARD)).states()).containsExactly(old);
      bench.engine.sad().expire(bench.now, old.id(), 0, true, bench.out);
      assertThat(((Bundle) bench.lookup(B, Who.FORWARD)).states()).containsExactly(fresh);
    }
  }

  @Test
  void aBundleEndsWithItsStateItsPolicyOrAnyInsertedPolicy() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B));
      Bundle first = (Bundle) bench.lookup(B, Who.FORWARD);
      bench.add(Bench.block(Bench.anyTo("192.0.2.0/24"), 9));
      assertThat(first.valid()).isFalse();
      Bundle second = (Bundle) bench.lookup(B, Who.FORWARD);
      assertThat(second.valid()).isTrue();
      bench.engine.sad().delete(0, state.id(), 0, bench.out);
      assertThat(second.valid()).isFalse();
      bench.engine.output(0, bench.udp(B), second, 1500, bench.out);
      assertThat(bench.out.drops()).containsExactly(DropReason.XFRM_OUT_STATE_INVALID);
      bench.install(bench.sa(A, B));
      Bundle third = (Bundle) bench.lookup(B, Who.FORWARD);
      bench.engine.spd().delete(0, Bench.protect().identity(), bench.out);
      assertThat(third.valid()).isFalse();
    }
  }

  @Test
  void reqidZeroIsNoWildcardAndStatesOfOtherMarksModesAndInterfacesDoNotMatch() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.esp(0)));
      bench.install(bench.sa(A, B));
      bench.install(bench.sa(A, B).reqid(0).mode(Mode.TUNNEL));
      bench.install(bench.sa(A, B).reqid(0).mark(new Mark(1, 1)));
      bench.install(bench.sa(A, B).reqid(0).ifId(4));
      bench.install(bench.sa(B, A).reqid(0));
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Lookup.Blackhole.class);
      bench.install(bench.sa(IpAddress.ANY4, B).reqid(0));
      // The larval state of the exact pair hides the wildcard one, as in the kernel.
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Lookup.Blackhole.class);
      bench.run(30 * S);
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Bundle.class);
    }
  }

  @Test
  void aReservedSpiIsCompletedByAnUpdate() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(
              bench
                  .engine
                  .sad()
                  .reserve(0, State.of(B, A, 0x1000, IpProtocol.ESP).reqid(7).build()))
          .isEqualTo(Errno.OK);
      State full =
          State.of(B, A, 0x1000, IpProtocol.ESP).reqid(7).transform(new PlainEsp()).build();
      assertThat(bench.engine.sad().install(0, full, bench.out)).isEqualTo(Errno.EEXIST);
      assertThat(bench.engine.sad().update(0, full, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.sad().list()).containsExactly(full);
      State longer =
          State.of(B, A, 0x1000, IpProtocol.ESP).lifetimes(Lifetimes.seconds(1, 2)).build();
      assertThat(bench.engine.sad().update(0, longer, bench.out)).isEqualTo(Errno.OK);
      bench.run(2 * S);
      assertThat(full.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(bench.engine.sad().update(0, longer, bench.out)).isEqualTo(Errno.ESRCH);
    }
  }
}
