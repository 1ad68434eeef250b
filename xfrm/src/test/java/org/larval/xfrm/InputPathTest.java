package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.REQID;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** Decapsulation in the kernel's order of checks, and the inbound policy check (spec xfrm 4). */
class InputPathTest {
  private static final int SPI = 0x1234;

  private static StateBuilder state(int spi) {
    return State.of(A, B, spi, IpProtocol.ESP).reqid(REQID).transform(new PlainEsp());
  }

  /** A datagram from A to B as it comes off the street, through these SAs. */
  private static Packet protectedBy(Bench bench, State... states) {
    Packet packet = bench.udp(B);
    for (State state : states) {
      Transform transform = state.transform();
      assertThat(transform).isNotNull();
      assertThat(transform.protect(0, state, packet)).isNull();
    }
    return packet;
  }

  private static DropReason refused(Bench bench, Packet packet) {
    bench.engine.input(0, packet, bench.out);
    assertThat(bench.forwarded()).isZero();
    return bench.out.drops().getLast();
  }

  @Test
  void opensTransportAndTunnelAndNestedPackets() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State inner = state(1).build();
      State outer = state(2).build();
      State tunnel = state(3).mode(Mode.TUNNEL).build();
      for (State state : List.of(inner, outer, tunnel)) {
        bench.engine.sad().install(0, state, bench.out);
      }
      bench.engine.input(0, protectedBy(bench, inner, outer), bench.out);
      Packet nested = bench.packets().getFirst();
      assertThat(nested.transformCount()).isEqualTo(2);
      assertThat(nested.transform(0)).isSameAs(outer);
      assertThat(nested.transform(1)).isSameAs(inner);
      assertThat(nested.length()).isEqualTo(128);
      assertThat(inner.bytes()).isEqualTo(108);
      bench.engine.input(0, protectedBy(bench, tunnel), bench.out);
      assertThat(bench.packets().getLast().length()).isEqualTo(128);
      assertThat(tunnel.bytes()).isEqualTo(128);
    }
  }

  @Test
  void refusesInTheKernelsOrder() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State peer = state(SPI).build();
      Packet cut = protectedBy(bench, peer);
      cut.buffer().writerIndex(cut.buffer().readerIndex() + 15);
      assertThat(refused(bench, cut)).isEqualTo(DropReason.XFRM_IN_HDR_ERROR);
      assertThat(refused(bench, protectedBy(bench, peer))).isEqualTo(DropReason.XFRM_IN_NO_STATES);

      bench
          .engine
          .sad()
          .reserve(0, State.of(A, B, SPI, IpProtocol.ESP).direction(Direction.IN).build());
      assertThat(refused(bench, protectedBy(bench, peer))).isEqualTo(DropReason.XFRM_ACQUIRE_ERROR);

      State outbound = state(SPI).direction(Direction.OUT).build();
      assertThat(bench.engine.sad().update(0, outbound, bench.out)).isEqualTo(Errno.ESRCH);
      bench.engine.sad().flush(0, bench.out);
      assertThat(bench.engine.sad().install(0, outbound, bench.out)).isEqualTo(Errno.OK);
      assertThat(refused(bench, protectedBy(bench, peer)))
          .isEqualTo(DropReason.XFRM_IN_STATE_DIR_ERROR);
      assertThat(bench.count(XfrmStats.Counter.IN_STATE_DIR_ERROR)).isOne();
      bench.engine.sad().flush(0, bench.out);

      Lifetimes one =
          new Lifetimes(
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              1,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE,
              Lifetimes.INFINITE);
      State here = state(SPI).lifetimes(one).build();
      bench.engine.sad().install(0, here, bench.out);
      Packet first = protectedBy(bench, peer);
      Packet again = bench.pool.copy(0, first);
      bench.engine.input(0, first, bench.out);
      assertThat(bench.forwarded()).isOne();
      bench.out.clear();
      // A replay is told before the limit, which only then ends the state.
      assertThat(refused(bench, again)).isEqualTo(DropReason.XFRM_IN_STATE_SEQ_ERROR);
      assertThat(refused(bench, protectedBy(bench, peer)))
          .isEqualTo(DropReason.XFRM_IN_STATE_EXPIRED);
      assertThat(refused(bench, protectedBy(bench, peer)))
          .isEqualTo(DropReason.XFRM_IN_STATE_INVALID);
      for (XfrmStats.Counter counter :
          List.of(
              XfrmStats.Counter.IN_HDR_ERROR,
              XfrmStats.Counter.ACQUIRE_ERROR,
              XfrmStats.Counter.IN_STATE_SEQ_ERROR,
              XfrmStats.Counter.IN_STATE_EXPIRED,
              XfrmStats.Counter.IN_STATE_INVALID)) {
        assertThat(bench.count(counter)).as(counter.linuxName()).isOne();
      }
      assertThat(bench.count(XfrmStats.Counter.IN_NO_STATES)).isOne();
    }
  }

  @Test
  void moreThanSixTransformsAreTooMany() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State[] states = new State[7];
      for (int i = 0; i < 7; i++) {
        states[i] = state(i + 1).build();
        bench.engine.sad().install(0, states[i], bench.out);
      }
      assertThat(refused(bench, protectedBy(bench, states)))
          .isEqualTo(DropReason.XFRM_IN_BUFFER_ERROR);
    }
  }

  // The policy check.

  private static Policy in(Template... templates) {
    return Bench.policy(Direction.IN, Bench.udp(A, B), 0, templates);
  }

  private static boolean admits(Bench bench, State... path) {
    Packet packet = bench.udp(B);
    for (State state : path) {
      packet.addTransform(state);
    }
    boolean admitted = bench.engine.admits(0, packet, Direction.IN, bench.out);
    if (admitted) {
      bench.out.deliver(packet);
    }
    return admitted;
  }

  private static DropReason why(Bench bench) {
    return bench.out.drops().getLast();
  }

  @Test
  void withoutPolicyClearAndTransportPassAndTunnelsDoNot() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      assertThat(admits(bench)).isTrue();
      assertThat(admits(bench, state(1).build())).isTrue();
      assertThat(admits(bench, state(1).mode(Mode.TUNNEL).build())).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_NO_POLS);
      bench.engine.spd().defaultAction(0, Direction.IN, Policy.Action.BLOCK, bench.out);
      assertThat(admits(bench)).isFalse();
      assertThat(bench.count(XfrmStats.Counter.IN_NO_POLS)).isEqualTo(2);
    }
  }

  @Test
  void clearPacketsUnderARequirementAreAMismatch() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.esp(REQID)));
      assertThat(admits(bench)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_TMPL_MISMATCH);
      assertThat(admits(bench, state(1).build())).isTrue();
      assertThat(admits(bench, state(1).reqid(8).build())).isFalse();
      // One transport SA more than asked for is tolerated, a tunnel is not.
      assertThat(admits(bench, state(2).reqid(8).build(), state(1).build())).isTrue();
      assertThat(admits(bench, state(2).mode(Mode.TUNNEL).build(), state(1).build())).isFalse();
    }
  }

  @Test
  void reqidZeroInATemplateIsAWildcardInbound() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.esp(0)));
      assertThat(admits(bench, state(1).build())).isTrue();
    }
  }

  @Test
  void templatesAreCheckedFromTheOutermostInwards() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.esp(1), Bench.esp(2)));
      State inner = state(1).reqid(1).build();
      State outer = state(2).reqid(2).build();
      assertThat(admits(bench, outer, inner)).isTrue();
      assertThat(admits(bench, inner, outer)).isFalse();
      assertThat(admits(bench, outer)).isFalse();
    }
  }

  @Test
  void tunnelEndpointsMustAgree() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.tunnel(A, B)));
      assertThat(admits(bench, state(1).mode(Mode.TUNNEL).build())).isTrue();
      State other =
          State.of(IpAddress.parse("192.0.2.1"), B, 5, IpProtocol.ESP)
              .reqid(REQID)
              .mode(Mode.TUNNEL)
              .build();
      assertThat(admits(bench, other)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_TMPL_MISMATCH);
    }
  }

  @Test
  void optionalTransportMayBeMissing() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.optional(REQID)));
      assertThat(admits(bench)).isTrue();
      assertThat(admits(bench, state(1).build())).isTrue();
    }
  }

  @Test
  void blockSelectorAndLabels() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State other = state(1).selector(Selector.between(Prefix.host(B), Prefix.host(A))).build();
      assertThat(admits(bench, other)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_STATE_MISMATCH);
      State red = state(1).label(SecurityLabel.selinux(1, "u:r:red:s0")).build();
      State blue = state(2).label(SecurityLabel.selinux(2, "u:r:blue:s0")).build();
      assertThat(admits(bench, red, blue)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_HDR_ERROR);
      bench.add(
          new Policy(
              Direction.IN,
              Bench.udp(A, B),
              0,
              0,
              Policy.Action.BLOCK,
              Mark.NONE,
              0,
              null,
              List.of()));
      assertThat(admits(bench)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_POL_BLOCK);
    }
  }

  @Test
  void theLabelOfAnInboundFlowIsThatOfItsSa() {
    AssociationPolicy onlyRed =
        new AssociationPolicy() {
          @Override
          public boolean polmatch(int flowSid, int policySid) {
            return flowSid == 1;
          }

          @Override
          public boolean sendto(int flowSid, int stateSid) {
            return true;
          }
        };
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT, onlyRed)) {
      bench.add(Bench.labelled(in(Bench.esp(REQID)), SecurityLabel.selinux(9, "u:r:spd:s0")));
      assertThat(admits(bench, state(1).label(SecurityLabel.selinux(1, "u:r:red:s0")).build()))
          .isTrue();
      // Without a label the policy does not match, and transport mode falls into the clear rules.
      assertThat(admits(bench)).isTrue();
      State tunnel =
          state(2).mode(Mode.TUNNEL).label(SecurityLabel.selinux(2, "u:r:blue:s0")).build();
      assertThat(admits(bench, tunnel)).isFalse();
      assertThat(why(bench)).isEqualTo(DropReason.XFRM_IN_NO_POLS);
    }
  }

  @Test
  void statisticsPrintLikeProc() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(in(Bench.esp(REQID)));
      admits(bench);
      String[] lines = bench.engine.stats().toString().split("\n", -1);
      assertThat(lines[0]).isEqualTo("XfrmInError             \t0");
      assertThat(lines[10]).isEqualTo("XfrmInTmplMismatch      \t1");
      assertThat(lines).hasSize(31);
      assertThat(bench.out.of(EffectList.Dropped.class)).hasSize(1);
    }
  }
}
