package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.REQID;
import static org.larval.xfrm.Bench.S;
import static org.larval.xfrm.Lifetimes.INFINITE;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** Updates, migrations, directions, set-marks and what is announced of them. */
class StateChangeTest {
  private static final Encap NAT = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);

  private final ScriptedTransform transform = new ScriptedTransform();

  private StateBuilder sa(IpAddress from, IpAddress to, int spi) {
    return State.of(from, to, spi, IpProtocol.ESP).reqid(REQID).transform(transform);
  }

  private static Lifetimes packets(long soft, long hard) {
    return new Lifetimes(INFINITE, INFINITE, soft, hard, INFINITE, INFINITE, INFINITE, INFINITE);
  }

  // Updates.

  @Test
  void anUpdateReplacesLimitsAndPortsAndKeepsTheTransform() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state =
          bench.install(
              sa(A, B, 1).encap(NAT).lifetimes(Lifetimes.seconds(3, 1000)).outputMark(Mark.NONE));
      bench.run(5 * S);
      assertThat(state.dying()).isTrue();
      ScriptedTransform other = new ScriptedTransform();
      Encap moved = new Encap(Encap.Type.ESPINUDP, 1024, 4500, IpAddress.ANY4);
      StateBuilder update =
          State.of(A, B, 1, IpProtocol.ESP).transform(other).lifetimes(packets(1, 2));
      assertThat(bench.engine.sad().update(bench.now, update.build(), bench.out))
          .isEqualTo(Errno.EINVAL);
      assertThat(bench.engine.sad().update(bench.now, update.encap(moved).build(), bench.out))
          .isEqualTo(Errno.OK);
      assertThat(state.dying()).isFalse();
      assertThat(state.encap()).isEqualTo(moved);
      assertThat(state.lifetimes()).isEqualTo(packets(1, 2));
      assertThat(state.transform()).isSameAs(transform);
      assertThat(transform.erased).isFalse();
      assertThat(other.erased).isTrue();
      for (int i = 0; i < 3; i++) {
        bench.send(B);
      }
      assertThat(bench.forwarded()).isEqualTo(2);
      assertThat(bench.count(XfrmStats.Counter.OUT_STATE_EXPIRED)).isOne();
    }
  }

  @Test
  void anUpdateMustAgreeInDirection() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.install(sa(A, B, 1).direction(Direction.OUT));
      assertThat(bench.engine.sad().update(0, sa(A, B, 1).build(), bench.out))
          .isEqualTo(Errno.ESRCH);
      assertThat(
              bench.engine.sad().update(0, sa(A, B, 1).direction(Direction.IN).build(), bench.out))
          .isEqualTo(Errno.ESRCH);
      assertThat(
              bench.engine.sad().update(0, sa(A, B, 1).direction(Direction.OUT).build(), bench.out))
          .isEqualTo(Errno.OK);
    }
  }

  @Test
  void anUpdatedInterfaceMovesTheStateThere() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.install(sa(A, B, 1));
      Bundle bundle = (Bundle) bench.lookup(B, Who.FORWARD);
      assertThat(bench.engine.sad().update(0, sa(A, B, 1).ifId(9).build(), bench.out))
          .isEqualTo(Errno.OK);
      assertThat(bundle.valid()).isFalse();
      assertThat(bench.lookup(B, Who.FORWARD)).isNotInstanceOf(Bundle.class);
      bench.engine.sad().flush(0, bench.out);
      assertThat(bench.engine.sad().count()).isZero();
    }
  }

  // Directions.

  @ParameterizedTest
  @EnumSource(StateFlag.class)
  void aDirectionExcludesFlags(StateFlag flag) {
    Set<StateFlag> notOut = Set.of(StateFlag.DECAP_DSCP, StateFlag.ICMP, StateFlag.WILDRECV);
    Set<StateFlag> notIn =
        Set.of(StateFlag.NOPMTUDISC, StateFlag.DONT_ENCAP_DSCP, StateFlag.OSEQ_MAY_WRAP);
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      StateBuilder state = sa(A, B, 1).flags(Set.of(flag));
      assertThat(bench.engine.sad().install(0, state.direction(Direction.OUT).build(), bench.out))
          .isEqualTo(notOut.contains(flag) ? Errno.EINVAL : Errno.OK);
      bench.engine.sad().flush(0, bench.out);
      assertThat(bench.engine.sad().install(0, state.direction(Direction.IN).build(), bench.out))
          .isEqualTo(notIn.contains(flag) ? Errno.EINVAL : Errno.OK);
      bench.engine.sad().flush(0, bench.out);
      assertThat(bench.engine.sad().install(0, state.direction(null).build(), bench.out))
          .isEqualTo(Errno.OK);
    }
  }

  @Test
  void aDirectionExcludesTheOtherOnesNumbers() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      transform.window = 32;
      assertThat(
              bench
                  .engine
                  .sad()
                  .install(0, sa(A, B, 1).direction(Direction.OUT).build(), bench.out))
          .isEqualTo(Errno.EINVAL);
      transform.window = 0;
      transform.sent = 5;
      assertThat(
              bench.engine.sad().install(0, sa(A, B, 1).direction(Direction.IN).build(), bench.out))
          .isEqualTo(Errno.EINVAL);
      assertThat(
              bench
                  .engine
                  .sad()
                  .install(0, sa(A, B, 1).direction(Direction.OUT).build(), bench.out))
          .isEqualTo(Errno.OK);
      assertThat(
              bench
                  .engine
                  .sad()
                  .install(0, sa(A, B, 2).direction(Direction.FWD).build(), bench.out))
          .isEqualTo(Errno.EINVAL);
      // A threshold of mappings needs an encapsulation, and that needs ESP.
      assertThat(bench.engine.sad().install(0, sa(A, B, 3).mappingMaxAge(1).build(), bench.out))
          .isEqualTo(Errno.EINVAL);
      State ah = State.of(A, B, 4, IpProtocol.AH).encap(NAT).transform(transform).build();
      assertThat(bench.engine.sad().install(0, ah, bench.out)).isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void aWildcardReceiverIsNotForSending() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.install(sa(A, B, 1).flags(Set.of(StateFlag.WILDRECV)));
      assertThat(bench.lookup(B, Who.FORWARD)).isNotInstanceOf(Bundle.class);
    }
  }

  // Set-mark.

  @Test
  void aStateChangesTheMarkBothWays() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.install(sa(A, B, 1).outputMark(new Mark(0x12, 0xff)));
      Packet out = bench.udp(B);
      out.mark = 0x3456;
      bench.send(out, Who.LOCAL_NONBLOCKING);
      assertThat(bench.packets().getLast().mark).isEqualTo(0x3412);
      bench.install(sa(A, B, 2).mode(Mode.TUNNEL).outputMark(new Mark(0x78, 0xff)));
      Packet in = bench.udp(B);
      in.mark = 0x3456;
      State sender = State.of(A, B, 2, IpProtocol.ESP).transform(new PlainEsp()).build();
      Transform plain = sender.transform();
      assertThat(plain).isNotNull();
      assertThat(plain.protect(0, sender, in)).isNull();
      bench.engine.input(0, in, bench.out);
      assertThat(bench.packets().getLast().mark).isEqualTo(0x3478);
    }
  }

  // Migration.

  private static Migration toC() {
    return new Migration(A, B, A, C, IpProtocol.ESP, Mode.TUNNEL, REQID);
  }

  private Errno migrate(Bench bench, List<Migration> migrations) {
    return bench.engine.migrate(
        bench.now, Bench.udp(A, B), Direction.OUT, migrations, NAT, 0, bench.out);
  }

  @Test
  void aMigrationConcernsMainPoliciesAndKeepsTheirFlags() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Policy tunnel = Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B));
      Policy sub = tunnel.withType(PolicyType.SUB);
      bench.add(sub);
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.ENOENT);
      bench.add(tunnel.withFlags(Set.of(PolicyFlag.ICMP)));
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.OK);
      List<InstalledPolicy> policies = bench.engine.spd().inOrder(Direction.OUT);
      assertThat(policies).hasSize(2);
      assertThat(policies.getFirst().policy().withIndex(0)).isEqualTo(sub);
      assertThat(policies.getLast().policy().flags()).containsExactly(PolicyFlag.ICMP);
      assertThat(policies.getLast().policy().templates()).containsExactly(Bench.tunnel(A, C));
    }
  }

  @Test
  void aMigrationTakesPolicyAndStatesAlong() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B)));
      int index = bench.engine.spd().inOrder(Direction.OUT).getFirst().policy().index();
      State old =
          bench.install(sa(A, B, 1).mode(Mode.TUNNEL).lifetimes(Lifetimes.seconds(100, 200)));
      bench.send(B);
      Bundle before = (Bundle) bench.lookup(B, Who.FORWARD);
      bench.run(7 * S);
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.OK);
      assertThat(before.valid()).isFalse();
      assertThat(old.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(transform.erased).isFalse();
      assertThat(bench.engine.sad().find(old.id(), 0)).isNull();
      Bundle after = (Bundle) bench.lookup(B, Who.FORWARD);
      State moved = after.states().getFirst();
      assertThat(moved.target()).isEqualTo(C);
      assertThat(moved.transform()).isSameAs(transform);
      assertThat(moved.encap()).isEqualTo(NAT);
      assertThat(moved.packets()).isOne();
      assertThat(moved.addTime()).isZero();
      assertThat(moved.lifetimes()).isEqualTo(old.lifetimes());
      InstalledPolicy policy = bench.engine.spd().inOrder(Direction.OUT).getFirst();
      assertThat(policy.policy().index()).isEqualTo(index);
      assertThat(policy.policy().templates()).containsExactly(Bench.tunnel(A, C));
      assertThat(bench.out.events(XfrmEvent.Migrated.class))
          .containsExactly(
              new XfrmEvent.Migrated(Bench.udp(A, B), Direction.OUT, List.of(toC()), NAT));
      bench.run(199 * S);
      assertThat(moved.dying()).isTrue();
      bench.run(200 * S);
      assertThat(moved.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
    }
  }

  @Test
  void aMigrationThatFailsLeavesAllAsItWas() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(migrate(bench, List.of())).isEqualTo(Errno.EINVAL);
      assertThat(migrate(bench, List.of(toC(), toC()))).isEqualTo(Errno.EINVAL);
      Migration nowhere =
          new Migration(A, B, A, IpAddress.ANY4, IpProtocol.ESP, Mode.TUNNEL, REQID);
      assertThat(migrate(bench, List.of(nowhere))).isEqualTo(Errno.EINVAL);
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.ENOENT);
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B)));
      State state = bench.install(sa(A, B, 1).mode(Mode.TUNNEL));
      Bundle bundle = (Bundle) bench.lookup(B, Who.FORWARD);
      Migration unrelated = new Migration(C, B, A, C, IpProtocol.ESP, Mode.TUNNEL, REQID);
      assertThat(migrate(bench, List.of(unrelated))).isEqualTo(Errno.ENODATA);
      transform.mayMove = false;
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.ENODATA);
      transform.mayMove = true;
      // Somebody has the SPI at the new address.
      bench.install(sa(A, C, 1).mode(Mode.TUNNEL).reqid(99));
      assertThat(migrate(bench, List.of(toC()))).isEqualTo(Errno.ENODATA);
      assertThat(bundle.valid()).isTrue();
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.VALID);
      assertThat(bench.out.events(XfrmEvent.Migrated.class)).isEmpty();
    }
  }

  @Test
  void withoutAReqidTheNewestStateOfThePeersMoves() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B)));
      State older = bench.install(sa(A, B, 1).mode(Mode.TUNNEL));
      State newer = bench.install(sa(A, B, 2).mode(Mode.TUNNEL).reqid(8));
      Migration any = new Migration(A, B, A, C, IpProtocol.ESP, Mode.TUNNEL, 0);
      assertThat(migrate(bench, List.of(any))).isEqualTo(Errno.OK);
      assertThat(older.lifecycle()).isEqualTo(State.Lifecycle.VALID);
      assertThat(newer.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(bench.engine.sad().find(new State.Id(C, 2, IpProtocol.ESP), 0)).isNotNull();
    }
  }

  // Events.

  @Test
  void nobodyHearsOfStatesAndPoliciesUntilSomebodyListens() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.install(sa(A, B, 1));
      bench.engine.sad().flush(0, bench.out);
      bench.engine.spd().flush(0, bench.out);
      assertThat(bench.out.events(Event.class)).isEmpty();
      bench.engine.monitor(XfrmEvent.Group.SA, true);
      bench.engine.monitor(XfrmEvent.Group.POLICY, true);
      bench.add(Bench.protect());
      Policy policy = bench.engine.spd().inOrder(Direction.OUT).getFirst().policy();
      State state = bench.install(sa(A, B, 1));
      State again = sa(A, B, 1).build();
      bench.engine.sad().update(0, again, bench.out);
      bench.engine.spd().update(0, policy, Lifetimes.NONE, bench.out);
      bench.engine.sad().delete(0, state.id(), 0, bench.out);
      bench.engine.sad().delete(0, state.id(), 0, bench.out);
      bench.engine.spd().delete(0, policy.index(), bench.out);
      bench.engine.sad().flush(0, bench.out);
      bench.engine.spd().flush(0, bench.out);
      bench.install(sa(A, B, 2));
      bench.engine.sad().flush(0, IpProtocol.AH, bench.out);
      bench.engine.sad().flush(0, IpProtocol.ESP, bench.out);
      assertThat(bench.out.events(Event.class))
          .startsWith(
              new XfrmEvent.PolicyAdded(policy, false),
              new XfrmEvent.StateAdded(state, false),
              new XfrmEvent.StateAdded(again, true),
              new XfrmEvent.PolicyAdded(policy, true),
              new XfrmEvent.StateDeleted(state),
              new XfrmEvent.PolicyDeleted(policy))
          .endsWith(new XfrmEvent.StatesFlushed(IpProtocol.ESP))
          .hasSize(8);
    }
  }

  @Test
  void aKeyManagersExpiryIsToldAndOnlyAHardOneEnds() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State state = bench.install(sa(A, B, 1));
      assertThat(bench.engine.sad().expire(0, new State.Id(A, 1, 50), 0, true, bench.out))
          .isEqualTo(Errno.ENOENT);
      assertThat(bench.engine.sad().expire(0, state.id(), 0, false, bench.out)).isEqualTo(Errno.OK);
      assertThat(state.dying()).isFalse();
      assertThat(bench.engine.sad().expire(0, state.id(), 0, true, bench.out)).isEqualTo(Errno.OK);
      assertThat(state.lifecycle()).isEqualTo(State.Lifecycle.DEAD);
      assertThat(transform.erased).isTrue();
      assertThat(bench.out.events(XfrmEvent.Expire.class))
          .containsExactly(new XfrmEvent.Expire(state, false), new XfrmEvent.Expire(state, true));
      State larval = State.of(A, B, 1, IpProtocol.ESP).build();
      assertThat(bench.engine.sad().reserve(0, larval)).isEqualTo(Errno.OK);
      assertThat(bench.engine.sad().expire(0, larval.id(), 0, true, bench.out))
          .isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void sequenceNumbersAreToldEverySecondOneAndByTheTimer() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      bench.engine.monitor(XfrmEvent.Group.AEVENTS, true);
      State state = bench.install(sa(A, B, 1));
      for (int i = 0; i < 5; i++) {
        bench.send(B);
      }
      assertThat(bench.out.events(XfrmEvent.Replay.class))
          .containsExactly(
              new XfrmEvent.Replay(state, false, 0, 2), new XfrmEvent.Replay(state, false, 0, 4));
      bench.out.clear();
      bench.run(S);
      assertThat(bench.out.events(XfrmEvent.Replay.class))
          .containsExactly(new XfrmEvent.Replay(state, true, 0, 5));
      // Nothing new: the timer rests, and the next packet is told of at once.
      bench.out.clear();
      bench.run(10 * S);
      assertThat(bench.out.events(XfrmEvent.Replay.class)).isEmpty();
      bench.send(B);
      bench.send(B);
      assertThat(bench.out.events(XfrmEvent.Replay.class))
          .containsExactly(new XfrmEvent.Replay(state, true, 0, 6));
      bench.engine.sad().flush(0, bench.out);
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  private Packet natted(Bench bench, int port) {
    Packet packet = bench.udp(B, 4500);
    int udp = packet.buffer().readerIndex() + 20;
    packet.buffer().setShort(udp, port);
    packet.buffer().setInt(udp + 8, 1);
    return packet;
  }

  @Test
  void aMovedPeerIsToldOfAndTheStateStays() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State state = bench.install(sa(A, B, 1).encap(NAT).mode(Mode.TUNNEL));
      bench.engine.inputEncapsulated(0, natted(bench, 4500), bench.out);
      assertThat(bench.out.events(XfrmEvent.Mapping.class)).isEmpty();
      bench.engine.inputEncapsulated(0, natted(bench, 1024), bench.out);
      bench.engine.inputEncapsulated(0, natted(bench, 1024), bench.out);
      assertThat(bench.out.events(XfrmEvent.Mapping.class))
          .containsExactly(
              new XfrmEvent.Mapping(state, A, 1024), new XfrmEvent.Mapping(state, A, 1024));
      assertThat(state.encap()).isEqualTo(NAT);
      transform.onOpen = DropReason.XFRM_IN_STATE_PROTO_ERROR;
      bench.engine.inputEncapsulated(0, natted(bench, 7777), bench.out);
      assertThat(bench.out.events(XfrmEvent.Mapping.class)).hasSize(2);
    }
  }

  @Test
  void mappingsOfOnePortAreToldOnceInTheirTime() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.install(sa(A, B, 1).encap(NAT).mode(Mode.TUNNEL).mappingMaxAge(10));
      for (long second : new long[] {0, 5, 10, 11, 12}) {
        bench.engine.inputEncapsulated(second * S, natted(bench, 1024), bench.out);
      }
      assertThat(bench.out.events(XfrmEvent.Mapping.class)).hasSize(2);
      bench.engine.inputEncapsulated(12 * S, natted(bench, 1025), bench.out);
      assertThat(bench.out.events(XfrmEvent.Mapping.class)).hasSize(3);
    }
  }

  @Test
  void zeroSecondsAreNoLimit() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Lifetimes zero = new Lifetimes(INFINITE, INFINITE, INFINITE, INFINITE, 0, 0, 0, 0);
      State state = bench.install(sa(A, B, 1).lifetimes(zero));
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
      assertThat(state.stats()).isEqualTo(new StateStats(0, 0, 0));
    }
  }
}
