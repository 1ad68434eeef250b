package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.REQID;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** Policies of sockets, and default actions (spec xfrm 2.1). */
class SocketPolicyTest {
  private static Lookup lookup(Bench bench, IpAddress to, SocketPolicies socket) {
    bench.flow.addresses(A, to).ports(IpProtocol.UDP, 1, 2);
    return bench.engine.lookup(0, bench.flow, 0, socket, false, Who.LOCAL_NONBLOCKING, bench.out);
  }

  private static boolean admits(Bench bench, SocketPolicies socket, State... path) {
    Packet packet = bench.udp(B);
    for (State state : path) {
      packet.addTransform(state);
    }
    boolean admitted = bench.engine.admits(0, packet, Direction.IN, 0, 0, socket, bench.out);
    if (admitted) {
      bench.out.deliver(packet);
    }
    return admitted;
  }

  @Test
  void itIsLookedAtFirstAndFallsThrough() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      SocketPolicies socket = new SocketPolicies();
      Policy pass = Bench.policy(Direction.OUT, Bench.udp(A, B), 0);
      assertThat(bench.engine.spd().socketPolicy(0, socket, Direction.OUT, pass))
          .isEqualTo(Errno.OK);
      bench.add(Bench.block(Bench.anyTo("10.9.0.0/24"), 0));
      assertThat(lookup(bench, B, socket)).isInstanceOf(Lookup.Bypass.class);
      assertThat(lookup(bench, C, socket)).isInstanceOf(Lookup.Refuse.class);
      assertThat(bench.engine.spd().socketPolicy(0, socket, Direction.OUT, null))
          .isEqualTo(Errno.OK);
      assertThat(lookup(bench, B, socket)).isInstanceOf(Lookup.Refuse.class);
    }
  }

  @Test
  void itsIndexSaysThatItIsOfASocketAndComesFromTheSameGenerator() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      SocketPolicies socket = new SocketPolicies();
      bench
          .engine
          .spd()
          .socketPolicy(0, socket, Direction.OUT, Bench.policy(Direction.OUT, Bench.udp(A, B), 0));
      bench
          .engine
          .spd()
          .socketPolicy(0, socket, Direction.IN, Bench.policy(Direction.IN, Bench.udp(A, B), 0));
      bench.add(Bench.protect());
      SocketPolicies accepted = new SocketPolicies();
      bench.engine.spd().inherit(0, socket, accepted);
      assertThat(
              List.of(socket, accepted).stream()
                  .flatMap(s -> SocketPolicies.DIRECTIONS.stream().map(s::get))
                  .map(policy -> policy == null ? 0 : policy.policy().index()))
          .containsExactly(11, 4, 27, 36);
      assertThat(bench.engine.spd().inOrder(Direction.OUT)).hasSize(1);
    }
  }

  @Test
  void theMarkOfTheSocketCountsInsteadOfTheFlows() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      SocketPolicies socket = new SocketPolicies();
      Policy blocked = Bench.block(Bench.udp(A, B), 0).withMark(new Mark(5, 0xf));
      bench.engine.spd().socketPolicy(0, socket, Direction.OUT, blocked);
      bench.flow.mark = 5;
      assertThat(lookup(bench, B, socket)).isInstanceOf(Lookup.Bypass.class);
      bench.flow.mark = 0;
      socket.mark(0x15);
      assertThat(lookup(bench, B, socket)).isInstanceOf(Lookup.Refuse.class);
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      SocketPolicies socket = new SocketPolicies();
      Policy out = Bench.protect();
      assertThat(bench.engine.spd().socketPolicy(0, socket, Direction.IN, out))
          .isEqualTo(Errno.EINVAL);
      assertThat(
              bench
                  .engine
                  .spd()
                  .socketPolicy(
                      0, socket, Direction.FWD, Bench.policy(Direction.FWD, Bench.udp(A, B), 0)))
          .isEqualTo(Errno.EINVAL);
      assertThat(
              bench
                  .engine
                  .spd()
                  .socketPolicy(0, socket, Direction.OUT, out.withType(PolicyType.SUB)))
          .isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void inboundItDemandsWhatTheDatabaseDoesNot() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      SocketPolicies socket = new SocketPolicies();
      assertThat(admits(bench, socket)).isTrue();
      bench
          .engine
          .spd()
          .socketPolicy(
              0,
              socket,
              Direction.IN,
              Bench.policy(Direction.IN, Bench.udp(A, B), 0, Bench.esp(REQID)));
      assertThat(admits(bench, socket)).isFalse();
      State state = State.of(A, B, 1, IpProtocol.ESP).reqid(REQID).build();
      assertThat(admits(bench, socket, state)).isTrue();
    }
  }

  @Test
  void theDefaultActionExemptsLoopback() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.engine.spd().defaultAction(0, Direction.OUT, Policy.Action.BLOCK, bench.out);
      bench.flow.addresses(A, B).ports(IpProtocol.UDP, 1, 2);
      for (boolean loopback : new boolean[] {false, true}) {
        assertThat(
                bench.engine.lookup(
                    0, bench.flow, 0, null, loopback, Who.LOCAL_NONBLOCKING, bench.out))
            .isInstanceOf(loopback ? Lookup.Bypass.class : Lookup.Refuse.class);
      }
    }
  }
}
