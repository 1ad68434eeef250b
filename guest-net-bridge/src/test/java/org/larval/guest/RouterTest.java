package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.guest.GuestConfig.StaticRoute;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** a - r - b, where the link from r to b is narrower. */
class RouterTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(
          GuestConfig.host("a", nic(1, 1500, "10.0.1.1/24", "fd00:1::1/64"))
              .withRoutes(
                  StaticRoute.defaultVia(IpAddress.parse("10.0.1.254")),
                  StaticRoute.defaultVia(IpAddress.parse("fd00:1::ff"))));
  private final TestNet.Host r =
      net.host(
          GuestConfig.host(
                  "r",
                  nic(2, 1500, "10.0.1.254/24", "fd00:1::ff/64"),
                  nic(3, 1400, "10.0.2.254/24", "fd00:2::ff/64"))
              .withForwarding());
  private final TestNet.Host b =
      net.host(
          GuestConfig.host("b", nic(4, 1500, "10.0.2.2/24", "fd00:2::2/64"))
              .withRoutes(
                  StaticRoute.defaultVia(IpAddress.parse("10.0.2.254")),
                  StaticRoute.defaultVia(IpAddress.parse("fd00:2::ff"))));
  private final Inbox inbox = new Inbox();
  private final UdpSocket client = a.stack.udpSocket(new Inbox());

  RouterTest() {
    net.wire(a, 0, r, 0, MS);
    net.wire(r, 1, b, 0, MS);
    assertThat(b.stack.udpSocket(inbox).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
  }

  private Errno send(String target, int size) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[size]);
    Errno answer = client.sendTo(net.now, IpAddress.parse(target), 7, data, 1, 0, a);
    net.run(net.now + SECOND);
    return answer;
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2.2", "fd00:2::2"})
  void datagramsPassTheRouterWithOneHopLess(String target) {
    try (net) {
      assertThat(send(target, 100)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).hasSize(1);
      ByteBuf last = net.sentBy(r).getLast();
      boolean v6 = last.getUnsignedShort(12) == 0x86dd;
      assertThat(last.getUnsignedByte(v6 ? 21 : 22)).isEqualTo((short) 63);
    }
  }

  @ParameterizedTest
  @CsvSource({"10.0.2.2, 1372", "fd00:2::2, 1352"})
  void pathMtuIsLearnedUsedAndForgotten(String target, int largest) {
    try (net) {
      FlowKey flow = new FlowKey();
      IpAddress to = IpAddress.parse(target);
      flow.addresses(IpAddress.any(to.v6()), to);
      Dst dst = a.stack.plainRoute(flow);
      assertThat(dst.mtu()).isEqualTo(1500);
      assertThat(send(target, largest)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).hasSize(1);
      // too big for the second link: the router says so
      assertThat(send(target, largest + 1)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).hasSize(1);
      assertThat(net.reasons()).containsExactly(DropReason.FRAGMENTATION_NEEDED);
      assertThat(dst.mtu()).isEqualTo(1400);
      assertThat(dst.valid()).isTrue();
      // now fragmented by the sender
      assertThat(send(target, largest + 1)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).hasSize(2);
      client.dontFragment(true);
      assertThat(send(target, largest + 1)).isEqualTo(Errno.EMSGSIZE);
      assertThat(send(target, largest)).isEqualTo(Errno.OK);
      net.run(610 * SECOND);
      assertThat(dst.mtu()).isEqualTo(1500);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2.2", "fd00:2::2"})
  void connectedSocketIsToldOfThePathMtu(String target) {
    try (net) {
      ByteBuf data = Unpooled.wrappedBuffer(new byte[1400]);
      assertThat(client.connect(0, IpAddress.parse(target), 7, a)).isEqualTo(Errno.OK);
      assertThat(client.send(0, data, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(client.send(net.now, data, 1, 1, a)).isEqualTo(Errno.EMSGSIZE);
      assertThat(client.send(net.now, data, 1, 2, a)).isEqualTo(Errno.OK);
      net.run(2 * SECOND);
      assertThat(inbox.payloads).hasSize(1);
    }
  }

  @Test
  void routerFragmentsWithoutDf() {
    try (net) {
      // bigger than the sender's own link: no DF, two fragments, the first cut again
      assertThat(send("10.0.2.2", 1600)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).hasSize(1);
      assertThat(net.absorbed).isGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2.2", "fd00:2::2"})
  void lastHopBelongsToTheRouter(String target) {
    try (net) {
      assertThat(send(target, 10)).isEqualTo(Errno.OK);
      IpAddress to = IpAddress.parse(target);
      FlowKey flow = new FlowKey();
      IpAddress from = a.stack.sourceFor(to);
      assertThat(from).isNotNull();
      flow.addresses(from, to).ports(200, 0, 0);
      Packet packet = net.pool.make(net.now, 100);
      packet.buffer().writeZero(30);
      List<IcmpError> told = new ArrayList<>();
      a.stack.transport(
          200,
          new TransportHandler() {
            @Override
            public void onSegment(long now, Packet p, Effects out) {
              out.deliver(p);
            }

            @Override
            public void onIcmpError(
                long now, FlowKey quoted, int firstWord, IcmpError error, int mtu, Effects out) {
              assertThat(quoted.target()).isEqualTo(to);
              told.add(error);
            }
          });
      Dst dst = a.stack.route(net.now, flow, Caller.SOCKET, a);
      assertThat(a.stack.output(net.now, packet, flow, dst, 0, 1, false, a)).isEqualTo(Errno.OK);
      net.run(net.now + SECOND);
      assertThat(told).containsExactly(IcmpError.TIME_EXCEEDED);
      Packet again = net.pool.make(net.now, 100);
      again.buffer().writeZero(30);
      assertThat(a.stack.output(net.now, again, flow, dst, 0, 2, false, a)).isEqualTo(Errno.OK);
      net.run(net.now + SECOND);
      // b knows no protocol 200
      assertThat(told).containsExactly(IcmpError.TIME_EXCEEDED, IcmpError.PROTOCOL_UNREACHABLE);
      assertThat(net.reasons())
          .containsExactly(DropReason.TTL_EXPIRED, DropReason.UNKNOWN_PROTOCOL);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"172.16.0.1", "fd99::1"})
  void routerWithoutRouteSaysSo(String target) {
    try (net) {
      client.allErrors(true);
      assertThat(send(target, 10)).isEqualTo(Errno.OK);
      assertThat(net.reasons()).containsExactly(DropReason.NO_ROUTE);
      assertThat(client.takeError()).isEqualTo(Errno.ENETUNREACH);
    }
  }

  @Test
  void hostDoesNotForwardAndHasNoRoute() {
    try (net) {
      TestNet.Host lone = net.host(GuestConfig.host("lone", nic(9, 1500, "10.9.0.1/24")));
      ByteBuf data = Unpooled.wrappedBuffer(new byte[4]);
      assertThat(
              lone.stack
                  .udpSocket(new Inbox())
                  .sendTo(0, IpAddress.parse("10.8.0.1"), 7, data, 1, 0, lone))
          .isEqualTo(Errno.ENETUNREACH);
      TestNet.Host host = net.host(GuestConfig.host("h", nic(2, 1500, "10.0.1.254/24")));
      assertThat(send("10.0.2.2", 10)).isEqualTo(Errno.OK);
      ByteBuf toRouter = net.sentBy(a).getLast().copy();
      host.stack.onFrame(net.now, 0, net.pool.wrap(net.now, toRouter), host);
      assertThat(net.reasons()).contains(DropReason.NOT_FORWARDING);
    }
  }

  @Test
  void hooksAndChecksStandInLinuxOrder() {
    try (net) {
      List<String> order = new ArrayList<>();
      FakeSecurity security = new FakeSecurity();
      for (Hook hook : Hook.values()) {
        r.stack.gate(
            hook,
            (now, packet) -> {
              if (packet.buffer().getUnsignedByte(packet.buffer().readerIndex() + 9)
                  == IpProtocol.UDP) {
                order.add(hook.name());
                order.addAll(security.asked);
                security.asked.clear();
              }
              return Verdict.CONTINUE;
            });
      }
      r.stack.securityPath(security);
      assertThat(send("10.0.2.2", 10)).isEqualTo(Errno.OK);
      assertThat(order)
          .containsExactly(
              "PREROUTING", "FORWARD", "admits FORWARD", "FORWARD proto 17 label 0", "POSTROUTING");
      assertThat(inbox.payloads).hasSize(1);
      security.answer = Errno.EAGAIN;
      assertThat(send("10.0.2.2", 10)).isEqualTo(Errno.OK);
      assertThat(net.reasons()).containsExactly(DropReason.XFRM_OUT_NO_STATES);
    }
  }

  @Test
  void unreachableHostsAreReportedForEachHeldPacketUpToTheRate() {
    try (net) {
      client.allErrors(true);
      for (int i = 0; i < 10; i++) {
        ByteBuf data = Unpooled.wrappedBuffer(new byte[10]);
        assertThat(client.sendTo(0, IpAddress.parse("10.0.2.77"), 7, data, 1, i, a))
            .isEqualTo(Errno.OK);
      }
      net.run(10 * SECOND);
      assertThat(net.reasons().stream().filter(DropReason.NEIGHBOUR_FAILED::equals)).hasSize(10);
      long errors =
          net.sentBy(r).stream()
              .filter(f -> f.getUnsignedShort(12) == 0x800 && f.getUnsignedByte(23) == 1)
              .count();
      assertThat(errors).isEqualTo(6);
      assertThat(client.takeError()).isEqualTo(Errno.EHOSTUNREACH);
    }
  }
}
