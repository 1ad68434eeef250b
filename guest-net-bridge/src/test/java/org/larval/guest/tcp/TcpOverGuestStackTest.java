package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.guest.GuestConfig;
import org.larval.guest.TestNet;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** TCP on the guest's real IP stack: neighbours, routes, ICMP, loopback. */
class TcpOverGuestStackTest {
  private final TestNet net = new TestNet();

  private TcpLayer tcp(TestNet.Host host) {
    TcpLayer layer =
        new TcpLayer(
            host.stack, TcpSettings.LINUX_6_1, new SplittableRandom(1), net, StillQueued.NEVER);
    host.stack.transport(IpProtocol.TCP, layer);
    host.stack.timed(layer);
    return layer;
  }

  /** Two hosts with a router between them, whose second link is narrow. */
  private TestNet.Host[] narrow(int mtu) {
    TestNet.Host a =
        net.host(
            GuestConfig.host("a", nic(1, 1500, "10.0.1.1/24", "fd00:1::1/64"))
                .withRoutes(
                    GuestConfig.StaticRoute.defaultVia(IpAddress.parse("10.0.1.254")),
                    GuestConfig.StaticRoute.defaultVia(IpAddress.parse("fd00:1::fe"))));
    TestNet.Host r =
        net.host(
            GuestConfig.host(
                    "r",
                    nic(2, 1500, "10.0.1.254/24", "fd00:1::fe/64"),
                    nic(3, mtu, "10.0.2.254/24", "fd00:2::fe/64"))
                .withForwarding());
    TestNet.Host b =
        net.host(
            GuestConfig.host("b", nic(4, 1500, "10.0.2.1/24", "fd00:2::1/64"))
                .withRoutes(
                    GuestConfig.StaticRoute.defaultVia(IpAddress.parse("10.0.2.254")),
                    GuestConfig.StaticRoute.defaultVia(IpAddress.parse("fd00:2::fe"))));
    net.wire(a, 0, r, 0, 5 * MS);
    net.wire(r, 1, b, 0, 5 * MS);
    return new TestNet.Host[] {a, b};
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2.1", "fd00:2::1"})
  void theNarrowLinkIsFoundAndTheStreamArrivesWhole(String target) {
    try (net) {
      TestNet.Host[] ends = narrow(1300);
      TcpLayer client = tcp(ends[0]);
      TcpLayer server = tcp(ends[1]);
      Endpoint from = new Endpoint();
      Endpoint to = new Endpoint();
      from.toSend = new byte[50_000];
      new SplittableRandom(1).nextBytes(from.toSend);
      from.closeWhenSent = true;
      server.listen(null, 80, 0, to);
      TcpSocket socket = client.socket(from);
      assertThat(socket.connect(0, IpAddress.parse(target), 80, false, ends[0]))
          .isEqualTo(Errno.ASLEEP);
      net.run(5 * SECOND);
      assertThat(Arrays.equals(to.received.toByteArray(), from.toSend)).isTrue();
      assertThat(from.told).containsExactly("connected", "end", "closed");
      assertThat(socket.retransmissions()).isBetween(1, 20);
      net.run(100 * SECOND);
      assertThat(client.connections() + server.connections()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2.1", "fd00:2::1"})
  void echo(String target) {
    try (net) {
      TestNet.Host[] ends = narrow(1500);
      TcpLayer client = tcp(ends[0]);
      new TcpEchoServer(tcp(ends[1]), null, 7, 0, net);
      TcpEchoFlow flow =
          new TcpEchoFlow(
              client, TcpEchoFlow.Plan.of(4, 0, IpAddress.parse(target), 7, false, 0), net);
      flow.onDeadline(0, ends[0]);
      net.run(20 * SECOND);
      assertThat(flow.exchanged()).isEqualTo(10);
      assertThat(net.count("answered 4")).isEqualTo(10);
      assertThat(net.count("received 4")).isEqualTo(10);
      assertThat(net.count("retransmitted")).isZero();
    }
  }

  @Test
  void nobodyThere() {
    try (net) {
      TestNet.Host[] ends = narrow(1500);
      TcpLayer client = tcp(ends[0]);
      tcp(ends[1]);
      Endpoint closedPort = new Endpoint();
      Endpoint noHost = new Endpoint();
      Endpoint noNet = new Endpoint();
      client.socket(closedPort).connect(0, IpAddress.parse("10.0.2.1"), 9, false, ends[0]);
      client.socket(noHost).connect(0, IpAddress.parse("10.0.2.77"), 9, false, ends[0]);
      client.socket(noNet).connect(0, IpAddress.parse("10.0.3.1"), 9, false, ends[0]);
      net.run(SECOND);
      assertThat(closedPort.failures).containsExactly(Errno.ECONNREFUSED);
      assertThat(noNet.failures).hasSize(1);
      net.run(10 * SECOND);
      assertThat(noHost.failures).containsExactly(Errno.EHOSTUNREACH);
    }
  }

  @Test
  void loopback() {
    try (net) {
      TestNet.Host[] ends = narrow(1500);
      TcpLayer layer = tcp(ends[0]);
      new TcpEchoServer(layer, null, 7, 0, net);
      TcpEchoFlow flow =
          new TcpEchoFlow(
              layer, TcpEchoFlow.Plan.of(4, 0, IpAddress.parse("127.0.0.1"), 7, true, 0), net);
      flow.onDeadline(0, ends[0]);
      net.run(10 * SECOND);
      assertThat(flow.exchanged()).isEqualTo(10);
    }
  }
}
