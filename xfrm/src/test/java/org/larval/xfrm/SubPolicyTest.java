package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.REQID;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** Sub-policies are looked at first and combined with the main policy (xfrm_expand_policies). */
class SubPolicyTest {
  private static final IpAddress A6 = IpAddress.parse("fd00::1");
  private static final IpAddress B6 = IpAddress.parse("fd00::2");

  private static Policy sub(Policy policy) {
    return policy.withType(PolicyType.SUB);
  }

  private static Policy out(int priority, Template... templates) {
    return Bench.policy(Direction.OUT, Bench.udp(A, B), priority, templates);
  }

  private static State sa(IpAddress from, IpAddress to, int protocol, int reqid, Mode mode) {
    return State.of(from, to, 0x100 + reqid, protocol)
        .reqid(reqid)
        .mode(mode)
        .transform(new PlainEsp())
        .build();
  }

  @Test
  void theSubPolicyIsFoundFirstWhateverItsPriority() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.block(Bench.udp(A, B), 0));
      bench.add(sub(Bench.block(Bench.udp(A, B), 9)));
      assertThat(bench.engine.spd().inOrder(Direction.OUT).getFirst().policy().type())
          .isEqualTo(PolicyType.SUB);
      assertThat(bench.lookup(B, Who.FORWARD))
          .isInstanceOfSatisfying(
              Lookup.Refuse.class,
              refuse -> {
                Policy policy = refuse.policy();
                assertThat(policy).isNotNull();
                assertThat(policy.type()).isEqualTo(PolicyType.SUB);
              });
      assertThat(bench.engine.spd().flush(0, PolicyType.SUB, bench.out)).isEqualTo(Errno.OK);
      assertThat(bench.engine.spd().flush(0, PolicyType.SUB, bench.out)).isEqualTo(Errno.ESRCH);
      assertThat(bench.engine.spd().count(Direction.OUT)).isOne();
    }
  }

  @Test
  void bothPoliciesAreAppliedSubFirst() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State inner = sa(A, B, IpProtocol.ESP, 1, Mode.TRANSPORT);
      State outer = sa(A, B, IpProtocol.ESP, 2, Mode.TRANSPORT);
      bench.engine.sad().install(0, inner, bench.out);
      bench.engine.sad().install(0, outer, bench.out);
      bench.add(sub(out(0, Bench.esp(1))));
      assertThat(bench.lookup(B, Who.FORWARD))
          .isInstanceOfSatisfying(
              Bundle.class, bundle -> assertThat(bundle.states()).containsExactly(inner));
      bench.add(out(0, Bench.esp(2)));
      assertThat(bench.lookup(B, Who.FORWARD))
          .isInstanceOfSatisfying(
              Bundle.class, bundle -> assertThat(bundle.states()).containsExactly(inner, outer));
      bench.engine.spd().update(0, Bench.block(Bench.udp(A, B), 0), Lifetimes.NONE, bench.out);
      assertThat(bench.send(B)).isEqualTo(Errno.EPERM);
      assertThat(bench.count(XfrmStats.Counter.OUT_POL_BLOCK)).isOne();
    }
  }

  @Test
  void forIpv6WhatIsFoundIsSorted() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Selector selector = Selector.between(Prefix.host(A6), Prefix.host(B6));
      Template tunnel = new Template(A6, B6, 0, IpProtocol.ESP, 1, Mode.TUNNEL, false);
      Template ah =
          new Template(
              IpAddress.any(true), IpAddress.any(true), 0, IpProtocol.AH, 2, Mode.TRANSPORT, false);
      Template esp =
          new Template(
              IpAddress.any(true),
              IpAddress.any(true),
              0,
              IpProtocol.ESP,
              3,
              Mode.TRANSPORT,
              false);
      State tunnelSa = sa(A6, B6, IpProtocol.ESP, 1, Mode.TUNNEL);
      State ahSa = sa(A6, B6, IpProtocol.AH, 2, Mode.TRANSPORT);
      State espSa = sa(A6, B6, IpProtocol.ESP, 3, Mode.TRANSPORT);
      for (State state : Arrays.asList(tunnelSa, ahSa, espSa)) {
        bench.engine.sad().install(0, state, bench.out);
      }
      bench.add(sub(Bench.policy(Direction.OUT, selector, 0, tunnel)));
      bench.add(Bench.policy(Direction.OUT, selector, 0, ah, esp));
      bench.flow.addresses(A6, B6).ports(IpProtocol.UDP, 1, 2);
      assertThat(bench.engine.lookup(0, bench.flow, Who.FORWARD, bench.out))
          .isInstanceOfSatisfying(
              Bundle.class,
              bundle -> assertThat(bundle.states()).containsExactly(espSa, ahSa, tunnelSa));
    }
  }

  @Test
  void togetherTheyMayDemandFive() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.engine.sad().install(0, sa(A, B, IpProtocol.ESP, REQID, Mode.TRANSPORT), bench.out);
      Template[] three = Collections.nCopies(3, Bench.esp(REQID)).toArray(new Template[0]);
      bench.add(sub(out(0, three)));
      bench.add(out(0, Bench.esp(REQID), Bench.esp(REQID)));
      assertThat(bench.lookup(B, Who.FORWARD)).isInstanceOf(Bundle.class);
      bench.engine.spd().update(0, out(0, three), Lifetimes.NONE, bench.out);
      assertThat(bench.send(B)).isEqualTo(Errno.ENOBUFS);
    }
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

  @Test
  void inboundBothMustBeMet() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(sub(Bench.policy(Direction.IN, Bench.udp(A, B), 0, Bench.esp(1))));
      State inner = sa(A, B, IpProtocol.ESP, 1, Mode.TRANSPORT);
      State outer = sa(A, B, IpProtocol.ESP, 2, Mode.TRANSPORT);
      assertThat(admits(bench, inner)).isTrue();
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, Bench.esp(2)));
      assertThat(admits(bench, inner)).isFalse();
      assertThat(admits(bench, outer, inner)).isTrue();
      assertThat(admits(bench, inner, outer)).isFalse();
      assertThat(bench.dropped(DropReason.XFRM_IN_TMPL_MISMATCH)).isEqualTo(2);
      Template[] five = Collections.nCopies(5, Bench.esp(0)).toArray(new Template[0]);
      bench
          .engine
          .spd()
          .update(
              0, Bench.policy(Direction.IN, Bench.udp(A, B), 0, five), Lifetimes.NONE, bench.out);
      assertThat(admits(bench, outer, inner)).isFalse();
      assertThat(bench.count(XfrmStats.Counter.IN_BUFFER_ERROR)).isOne();
    }
  }
}
