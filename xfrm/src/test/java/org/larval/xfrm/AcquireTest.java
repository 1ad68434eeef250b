package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.REQID;
import static org.larval.xfrm.Bench.S;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.Errno;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** Larval states: when they suppress an acquire, what removes them (spec sa-resolution 2, 5). */
class AcquireTest {
  /** Measured: golden sa-miss linux-6.1, tag acqexp, a datagram every 50 ms for 10 s. */
  @ParameterizedTest
  @CsvSource({"1, 10, 10", "2, 5, 5", "5, 2, 2", "30, 1, 0"})
  void repeatsAsOftenAsAcquiresExpire(int seconds, int acquires, int expires) {
    for (SaMissPolicy rules :
        new SaMissPolicy[] {SaMissPolicy.LINUX_DEFAULT, SaMissPolicy.LINUX_QUEUE}) {
      try (Bench bench = new Bench(rules)) {
        bench.engine.acquireExpires(seconds);
        bench.add(Bench.protect());
        for (long at = 0; at < 10 * S; at += 50 * MS) {
          bench.run(at);
          bench.send(B);
        }
        bench.run(10 * S + 500 * MS);
        assertThat(bench.acquires()).hasSize(acquires);
        assertThat(bench.out.events(XfrmEvent.Expire.class))
            .hasSize(expires)
            .allMatch(e -> e.hard());
        assertThat(bench.acquires())
            .extracting(XfrmEvent.Acquire::sequence)
            .doesNotContain(0)
            .doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void asksForExactlyTheFlow() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      XfrmEvent.Acquire acquire = bench.acquires().getFirst();
      assertThat(acquire.selector())
          .isEqualTo(
              new Selector(
                  Prefix.host(A), Prefix.host(B), IpProtocol.UDP, 40_000, 0xffff, 7, 0xffff, 0));
      assertThat(acquire.policy().selector()).isEqualTo(Bench.protectAll().selector());
      State larval = bench.engine.sad().list().getFirst();
      assertThat(larval.lifecycle()).isEqualTo(State.Lifecycle.ACQ);
      assertThat(larval.id().spi()).isZero();
      assertThat(larval.direction()).isEqualTo(Direction.OUT);
    }
  }

  @Test
  void anotherFlowToTheSamePeerIsSuppressedAndAnotherPeerIsNot() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protectAll());
      bench.send(bench.udp(B, 1), Who.LOCAL_NONBLOCKING);
      bench.send(bench.udp(B, 2), Who.LOCAL_NONBLOCKING);
      assertThat(bench.acquires()).hasSize(1);
      bench.send(C);
      assertThat(bench.acquires()).hasSize(2);
    }
  }

  @Test
  void theSaRemovesTheLarvalStateBySequenceOrByMatch() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.send(B);
      int sequence = bench.acquires().getFirst().sequence();
      // Another mode and reqid: only the sequence number tells.
      State odd = bench.install(bench.sa(A, B).reqid(99).mode(Mode.TUNNEL));
      assertThat(bench.engine.sad().list()).hasSize(2);
      bench.install(bench.sa(A, B).reqid(99).mode(Mode.TUNNEL).sequence(sequence));
      assertThat(bench.engine.sad().list()).allMatch(s -> s.lifecycle() == State.Lifecycle.VALID);
      bench.engine.sad().delete(0, odd.id(), 0, bench.out);
      bench.send(B);
      bench.install(bench.sa(A, B));
      assertThat(bench.engine.sad().list()).allMatch(s -> s.lifecycle() == State.Lifecycle.VALID);
      assertThat(bench.out.events(XfrmEvent.Expire.class)).isEmpty();
    }
  }

  @Test
  void anSaForAnotherPeerDoesNotRemoveItEvenWithItsSequence() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      bench.install(bench.sa(A, C).sequence(bench.acquires().getFirst().sequence()));
      assertThat(bench.engine.sad().list())
          .anyMatch(s -> s.lifecycle() == State.Lifecycle.ACQ && s.target().equals(B));
    }
  }

  @Test
  void duplicatesAreRefused() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State first = bench.install(bench.sa(A, B));
      State same =
          State.of(A, B, first.id().spi(), IpProtocol.ESP).transform(new PlainEsp()).build();
      assertThat(bench.engine.sad().install(0, same, bench.out)).isEqualTo(Errno.EEXIST);
      State marked =
          State.of(A, B, first.id().spi(), IpProtocol.AH).transform(new PlainEsp()).build();
      assertThat(bench.engine.sad().install(0, marked, bench.out)).isEqualTo(Errno.OK);
    }
  }

  @Test
  void linuxDaemonsSayNothingOnFailureAndPfKeyOnesSuppressTheFlow() {
    SaMissPolicy pfKey =
        SaMissPolicy.LINUX_DEFAULT
            .change()
            .onFailure(SaMissPolicy.OnFailure.ERROR_STATE)
            .failureCache(0)
            .make();
    try (Bench bench = new Bench(pfKey)) {
      bench.add(Bench.protectAll());
      bench.send(B);
      int sequence = bench.acquires().getFirst().sequence();
      assertThat(bench.engine.sad().acquireFailed(0, sequence, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.sad().list().getFirst().lifecycle()).isEqualTo(State.Lifecycle.ERROR);
      bench.send(B);
      assertThat(bench.acquires()).hasSize(1);
      bench.send(bench.udp(B, 8), Who.LOCAL_NONBLOCKING);
      assertThat(bench.acquires()).hasSize(2);
      bench.run(30 * S);
      assertThat(bench.engine.sad().list()).isEmpty();
    }
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.send(B);
      bench.engine.sad().acquireFailed(0, bench.acquires().getFirst().sequence(), bench.out);
      assertThat(bench.engine.sad().list().getFirst().lifecycle()).isEqualTo(State.Lifecycle.ACQ);
      assertThat(bench.engine.sad().acquireFailed(0, 4711, bench.out)).isEqualTo(Errno.ESRCH);
    }
  }

  @Test
  void thePingOfAnotherProtocolIsSuppressedByTheUdpLarvalState() {
    // libreswan issue 3042: larval states ignore selectors.
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protectAll());
      bench.send(bench.udp(B, 1025), Who.LOCAL_NONBLOCKING);
      bench.flow.addresses(A, B).ports(IpProtocol.ICMP, 8, 0);
      assertThat(bench.engine.lookup(0, bench.flow, Who.LOCAL_NONBLOCKING, bench.out))
          .isInstanceOf(Lookup.Blackhole.class);
      assertThat(bench.acquires()).hasSize(1);
      assertThat(bench.acquires().getFirst().template()).isEqualTo(Bench.esp(REQID));
    }
  }
}
