package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.REQID;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Prefix;

/** Nested tunnels, quoted packets, families: the finer rules of __xfrm_policy_check. */
class PolicyCheckTest {
  private static State tunnel(IpAddress from, int reqid) {
    return State.of(from, B, 0x100 + reqid, IpProtocol.ESP).reqid(reqid).mode(Mode.TUNNEL).build();
  }

  private static boolean admits(Bench bench, Packet packet, Direction direction) {
    return bench.engine.admits(0, packet, direction, bench.out);
  }

  private static Template tunnelTemplate(IpAddress from, int reqid) {
    return new Template(from, B, 0, IpProtocol.ESP, reqid, Mode.TUNNEL, false);
  }

  @Test
  void aVerifiedTunnelMayBePassedOverByALaterCheck() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.FWD, Bench.udp(A, B), 0, tunnelTemplate(A, 1)));
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, tunnelTemplate(A, 2)));
      Packet packet = bench.udp(B);
      packet.addTransform(tunnel(A, 1));
      assertThat(admits(bench, packet, Direction.FWD)).isTrue();
      assertThat(packet.verifiedTransforms).isOne();
      packet.addTransform(tunnel(A, 2));
      assertThat(admits(bench, packet, Direction.IN)).isTrue();
      assertThat(packet.verifiedTransforms).isEqualTo(2);
      bench.out.deliver(packet);

      Packet unverified = bench.udp(B);
      unverified.addTransform(tunnel(A, 1));
      unverified.addTransform(tunnel(A, 2));
      assertThat(admits(bench, unverified, Direction.IN)).isFalse();
      assertThat(bench.count(XfrmStats.Counter.IN_TMPL_MISMATCH)).isOne();
    }
  }

  @Test
  void anOptionalTunnelIsConsumedIfItMatches() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Template optional = new Template(A, B, 0, IpProtocol.ESP, 1, Mode.TUNNEL, true);
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, optional));
      Packet clear = bench.udp(B);
      assertThat(admits(bench, clear, Direction.IN)).isTrue();
      bench.out.deliver(clear);
      Packet used = bench.udp(B);
      used.addTransform(tunnel(A, 1));
      assertThat(admits(bench, used, Direction.IN)).isTrue();
      bench.out.deliver(used);
      Packet other = bench.udp(B);
      other.addTransform(tunnel(A, 2));
      assertThat(admits(bench, other, Direction.IN)).isFalse();
    }
  }

  @Test
  void ofATunnelOnlyTheSourceIsCompared() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Template template = new Template(A, C, 0, IpProtocol.ESP, 1, Mode.TUNNEL, false);
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, template));
      Packet packet = bench.udp(B);
      packet.addTransform(tunnel(A, 1));
      assertThat(admits(bench, packet, Direction.IN)).isTrue();
      bench.out.deliver(packet);
      Packet other = bench.udp(B);
      other.addTransform(tunnel(C, 1));
      assertThat(admits(bench, other, Direction.IN)).isFalse();
    }
  }

  @Test
  void sixTemplatesAreTooManyToCheck() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      Template[] six = Collections.nCopies(6, Bench.optional(REQID)).toArray(new Template[0]);
      bench.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, six));
      assertThat(admits(bench, bench.udp(B), Direction.IN)).isFalse();
      assertThat(bench.out.drops()).containsExactly(DropReason.XFRM_IN_BUFFER_ERROR);
    }
  }

  /** An error from C to A about a datagram from A to B. */
  private static Packet error(Bench bench, int type, int quote) {
    Packet about = bench.udp(B);
    Packet packet = bench.pool.make(0, 200);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(Ipv4View.HEADER + 8);
    data.writeBytes(about.buffer(), about.buffer().readerIndex(), quote);
    bench.out.deliver(about);
    Ipv4View.emit(
        data, at, Ipv4View.HEADER, Ipv4View.HEADER + 8 + quote, 0, 1, 0, 64, IpProtocol.ICMP, C, A);
    data.setByte(at + Ipv4View.HEADER, type);
    return packet;
  }

  private static Selector answers() {
    return new Selector(
        Prefix.host(B), Prefix.host(A), IpProtocol.UDP, 7, 0xffff, 40_000, 0xffff, 0);
  }

  @Test
  void anErrorIsForwardedUnderThePolicyOfWhatItQuotes() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.FWD, answers(), 0, Bench.esp(REQID)));
      assertThat(admits(bench, error(bench, 3, 28), Direction.FWD)).isFalse();
      assertThat(bench.count(XfrmStats.Counter.IN_TMPL_MISMATCH)).isOne();
      // An echo quotes nothing, and without its ports the packet is not told.
      for (Packet packet : List.of(error(bench, 8, 28), error(bench, 11, 20))) {
        assertThat(admits(bench, packet, Direction.FWD)).isTrue();
        bench.out.deliver(packet);
      }
    }
  }

  @Test
  void anSaWithTheFlagIcmpBringsErrorsAboutItsFlows() {
    for (boolean flag : new boolean[] {false, true}) {
      try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
        State state =
            State.of(C, A, 1, IpProtocol.ESP)
                .transform(new PlainEsp())
                .selector(answers())
                .flags(flag ? Set.of(StateFlag.ICMP) : Set.of())
                .build();
        Packet packet = error(bench, 3, 28);
        packet.addTransform(state);
        assertThat(admits(bench, packet, Direction.IN)).isEqualTo(flag);
        if (flag) {
          bench.out.deliver(packet);
        }
        assertThat(bench.count(XfrmStats.Counter.IN_STATE_MISMATCH)).isEqualTo(flag ? 0 : 1);
      }
    }
  }

  @Test
  void outboundErrorsAreProtectedAsWhatTheyQuoteIfThePolicySaysSo() {
    for (boolean flag : new boolean[] {false, true}) {
      try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
        Policy policy = Bench.policy(Direction.OUT, answers(), 0, Bench.esp(REQID));
        bench.add(flag ? policy.withFlags(EnumSet.of(PolicyFlag.ICMP)) : policy);
        State state = bench.install(bench.sa(B, A));
        Packet packet = error(bench, 3, 28);
        assertThat(bench.flow.decode(packet)).isTrue();
        Lookup answer =
            bench.engine.lookup(0, bench.flow, packet, 0, false, Who.FORWARD, bench.out);
        if (flag) {
          assertThat(answer)
              .isInstanceOfSatisfying(
                  Bundle.class, bundle -> assertThat(bundle.states()).containsExactly(state));
        } else {
          assertThat(answer).isInstanceOf(Lookup.Bypass.class);
        }
        bench.out.deliver(packet);
      }
    }
  }

  @Test
  void everyCutOfAQuotedPacketIsDecodedWithoutHarm() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.FWD, answers(), 0, Bench.esp(REQID)));
      for (int quote = 0; quote <= 60; quote++) {
        Packet packet = error(bench, 3, quote);
        boolean admitted = admits(bench, packet, Direction.FWD);
        assertThat(admitted).as("%d bytes quoted", quote).isEqualTo(quote < 24);
        if (admitted) {
          bench.out.deliver(packet);
        }
      }
    }
  }

  @Test
  void onlyTunnelsChangeTheFamily() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      IpAddress six = IpAddress.parse("fd00::1");
      IpAddress any6 = IpAddress.any(true);
      Template tunnel6 = new Template(six, six, 0, IpProtocol.ESP, 1, Mode.TUNNEL, false);
      Template transport6 = new Template(any6, any6, 0, IpProtocol.ESP, 1, Mode.TRANSPORT, false);
      Selector selector = Bench.udp(A, B);
      assertThat(add(bench, Bench.policy(Direction.OUT, selector, 0, transport6)))
          .isEqualTo(Errno.EINVAL);
      assertThat(add(bench, Bench.policy(Direction.OUT, selector, 0, tunnel6, Bench.esp(1))))
          .isEqualTo(Errno.EINVAL);
      assertThat(add(bench, Bench.policy(Direction.OUT, selector, 0, tunnel6, transport6)))
          .isEqualTo(Errno.OK);
      Template udp = new Template(A, B, 0, IpProtocol.UDP, 1, Mode.TRANSPORT, false);
      assertThat(add(bench, Bench.policy(Direction.IN, selector, 0, udp))).isEqualTo(Errno.EINVAL);
    }
  }

  private static Errno add(Bench bench, Policy policy) {
    return bench.engine.spd().add(0, policy, bench.out);
  }
}
