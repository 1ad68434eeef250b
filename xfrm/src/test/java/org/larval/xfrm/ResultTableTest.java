package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.REQID;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** Every row of the table of results of the policy step (spec sa-resolution 1.1 and 1.2). */
class ResultTableTest {
  @Test
  void noPolicyIsClear() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(bench.lookup(B, Who.LOCAL_NONBLOCKING)).isEqualTo(new Lookup.Bypass(null, false));
      assertThat(bench.acquires()).isEmpty();
    }
  }

  @Test
  void defaultBlockIsEpermWithoutACounter() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.engine.spd().defaultAction(0, Direction.OUT, Policy.Action.BLOCK, bench.out);
      assertThat(bench.send(B)).isEqualTo(Errno.EPERM);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_BLOCK)).isZero();
    }
  }

  @Test
  void blockIsEperm() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.block(Bench.udp(A, B), 0));
      assertThat(bench.send(B)).isEqualTo(Errno.EPERM);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_BLOCK)).isOne();
    }
  }

  @Test
  void allowWithoutTemplatesIsClearAndNoLeak() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 1));
      bench.add(Bench.policy(Direction.OUT, Bench.anyTo("10.9.0.0/24"), 2, Bench.esp(REQID)));
      assertThat(bench.lookup(B, Who.FORWARD))
          .isInstanceOfSatisfying(
              Lookup.Bypass.class,
              bypass -> {
                assertThat(bypass.policy()).isNotNull();
                assertThat(bypass.leak()).isFalse();
              });
    }
  }

  @Test
  void levelUseGoesInClearAndStillAcquires() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.optional(REQID)));
      assertThat(bench.send(B)).isEqualTo(Errno.OK);
      assertThat(bench.forwarded()).isOne();
      assertThat(bench.packets().getFirst().protectedByXfrm).isFalse();
      assertThat(bench.acquires()).hasSize(1);
      bench.install(bench.sa(A, B));
      bench.send(B);
      assertThat(bench.packets().getLast().protectedByXfrm).isTrue();
    }
  }

  @Test
  void allResolvedIsABundleThatIsUsedAgain() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(bench.sa(A, B));
      Lookup first = bench.lookup(B, Who.LOCAL_NONBLOCKING);
      assertThat(first)
          .isInstanceOfSatisfying(
              Bundle.class, bundle -> assertThat(bundle.states()).containsExactly(state));
      assertThat(bench.lookup(B, Who.FORWARD)).isSameAs(first);
      assertThat(((Bundle) first).mtu(1500)).isEqualTo(1500 - 29);
      assertThat(bench.acquires()).isEmpty();
    }
  }

  @Test
  void larvalDropIsABlackholeForEverybody() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      for (Who who : Who.values()) {
        assertThat(bench.lookup(B, who)).isInstanceOf(Lookup.Blackhole.class);
      }
      assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isEqualTo(Who.values().length);
      assertThat(bench.acquires()).hasSize(1);
    }
  }

  @Test
  void queueHoldsForEverybodyThatPromisesToOutput() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      bench.add(Bench.protect());
      for (Who who : Who.values()) {
        if (who != Who.STACK_NO_QUEUE) {
          assertThat(bench.lookup(B, who)).isInstanceOf(Hold.class);
        }
      }
      assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isZero();
      assertThat(bench.lookup(B, Who.STACK_NO_QUEUE))
          .isInstanceOfSatisfying(
              Lookup.Refuse.class, r -> assertThat(r.errno()).isEqualTo(Errno.EAGAIN));
      assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isOne();
    }
  }

  @Test
  void aSixthTemplateIsEnobufs() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      Template[] six = Collections.nCopies(6, Bench.esp(REQID)).toArray(new Template[0]);
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, six));
      assertThat(bench.send(B)).isEqualTo(Errno.ENOBUFS);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_ERROR)).isOne();
      Template[] five = Collections.nCopies(5, Bench.esp(REQID)).toArray(new Template[0]);
      bench.engine.spd().flush(0, bench.out);
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, five));
      bench.install(bench.sa(A, B));
      assertThat(bench.lookup(B, Who.FORWARD))
          .isInstanceOfSatisfying(Bundle.class, b -> assertThat(b.states()).hasSize(5));
    }
  }

  @Test
  void aFixedSpiThatDoesNotQualifyIsEexist() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_QUEUE)) {
      State state = bench.install(bench.sa(A, B).reqid(9));
      Template fixed =
          new Template(
              IpAddress.ANY4,
              IpAddress.ANY4,
              state.id().spi(),
              IpProtocol.ESP,
              REQID,
              Mode.TRANSPORT,
              false);
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, fixed));
      assertThat(bench.send(B)).isEqualTo(Errno.EEXIST);
      assertThat(bench.dropped(DropReason.XFRM_OUT_POL_ERROR)).isOne();
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_ERROR)).isOne();
    }
  }

  @Test
  void noRouteToATunnelEndpointIsItsErrno() {
    IpAddress gateway = IpAddress.parse("192.0.2.1");
    boolean[] routed = {true};
    XfrmEngine engine =
        new XfrmEngine(
            "a",
            SaMissPolicy.LINUX_DEFAULT,
            AssociationPolicy.ALLOW_ALL,
            target -> routed[0] ? A : null);
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      engine
          .spd()
          .add(
              0,
              Bench.policy(
                  Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(IpAddress.ANY4, gateway)),
              bench.out);
      bench.flow.addresses(A, B).ports(IpProtocol.UDP, 1, 2);
      assertThat(engine.lookup(0, bench.flow, Who.FORWARD, bench.out))
          .isInstanceOf(Lookup.Blackhole.class);
      assertThat(bench.acquires().getFirst().source()).isEqualTo(A);
      assertThat(bench.acquires().getFirst().target()).isEqualTo(gateway);
      engine.sad().install(0, bench.sa(A, gateway).mode(Mode.TUNNEL).build(), bench.out);
      assertThat(engine.lookup(0, bench.flow, Who.FORWARD, bench.out)).isInstanceOf(Bundle.class);
      routed[0] = false;
      assertThat(engine.lookup(0, bench.flow, Who.FORWARD, bench.out))
          .isInstanceOfSatisfying(
              Lookup.Refuse.class, r -> assertThat(r.errno()).isEqualTo(Errno.ENETUNREACH));
    }
  }

  @Test
  void aSocketPolicyAnswersEagainAndCountsNothing() {
    for (SaMissPolicy rules : SaMissPolicy.PRESETS) {
      try (Bench bench = new Bench(rules)) {
        SocketPolicies own = new SocketPolicies();
        bench.engine.spd().socketPolicy(0, own, Direction.OUT, Bench.protect());
        bench.flow.addresses(A, B).ports(IpProtocol.UDP, 1, 2);
        assertThat(bench.engine.lookup(0, bench.flow, 0, own, false, Who.LOCAL_BLOCKING, bench.out))
            .isInstanceOfSatisfying(
                Lookup.Refuse.class, r -> assertThat(r.errno()).isEqualTo(Errno.EAGAIN));
        assertThat(bench.count(XfrmStats.Counter.OUT_NO_STATES)).isZero();
      }
    }
  }

  @Test
  void blockingMakesOnlyTasksSleep() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_2_6_21)) {
      bench.add(Bench.protect());
      assertThat(bench.lookup(B, Who.LOCAL_BLOCKING)).isInstanceOf(Lookup.Sleep.class);
      assertThat(bench.send(B)).isEqualTo(Errno.EAGAIN);
      assertThat(bench.lookup(B, Who.LOCAL_SOFTIRQ)).isInstanceOf(Lookup.Refuse.class);
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Lookup.Blackhole.class);
      assertThat(bench.out.events(XfrmEvent.Wake.class)).isEmpty();
      bench.install(bench.sa(A, B));
      assertThat(bench.out.events(XfrmEvent.Wake.class)).hasSize(1);
      assertThat(bench.lookup(B, Who.LOCAL_BLOCKING)).isInstanceOf(Bundle.class);
    }
  }

  @Test
  void withoutAKeyManagerNothingIsAskedAndNoLarvalStateMade() {
    try (Bench bench = new Bench(SaMissPolicy.EAGAIN)) {
      bench.engine.keyManagerListening(false);
      bench.add(Bench.protect());
      assertThat(bench.send(B)).isEqualTo(Errno.EAGAIN);
      assertThat(bench.acquires()).isEmpty();
      assertThat(bench.engine.sad().list()).isEmpty();
      bench.engine.keyManagerListening(true);
      bench.send(B);
      assertThat(bench.acquires()).hasSize(1);
    }
  }

  @Test
  void passGoesInClearUntilTheSaIsThere() {
    try (Bench bench =
        new Bench(SaMissPolicy.LINUX_DEFAULT.change().outcome(SaMissPolicy.Outcome.PASS).make())) {
      bench.add(Bench.protect());
      assertThat(bench.lookup(B, Who.LOCAL_NONBLOCKING)).isInstanceOf(Lookup.PassInClear.class);
      bench.install(bench.sa(A, B));
      assertThat(bench.lookup(B, Who.LOCAL_NONBLOCKING)).isInstanceOf(Bundle.class);
    }
  }
}
