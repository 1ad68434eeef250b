package org.larval.guest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import org.junit.jupiter.api.Test;
import org.larval.guest.FakeSecurity;
import org.larval.guest.GuestConfig;
import org.larval.guest.TestNet;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;

class AppsTest {
  private static final IpAddress B = IpAddress.parse("10.0.0.2");

  private final TestNet net = new TestNet();
  private final TestNet.Host a = net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24")));
  private final TestNet.Host b = net.host(GuestConfig.host("b", nic(2, 1500, "10.0.0.2/24")));
  private final FakeSecurity security = new FakeSecurity();

  AppsTest() {
    net.wire(a, 0, b, 0, MS);
  }

  @Test
  void udpFlowKeepsItsPaceExactlyAndTheSinkReadsAtOnce() {
    try (net) {
      new UdpSink(b.stack, 7, 0, false, 0).start(0, b);
      UdpFlow flow =
          new UdpFlow(
              a.stack,
              UdpFlow.Settings.of(3, B, 7, 10 * MS, 5).withConnected().withTimes(SECOND, MS));
      flow.start(0, a);
      net.run(10 * SECOND);
      assertThat(flow.finished()).isTrue();
      // the first one waits 2 ms for ARP
      assertThat(net.log)
          .containsExactly(
              "offered 3 0 @1001000000",
              "received 3 0 @1004000000",
              "offered 3 1 @1011000000",
              "received 3 1 @1012000000",
              "offered 3 2 @1021000000",
              "received 3 2 @1022000000",
              "offered 3 3 @1031000000",
              "received 3 3 @1032000000",
              "offered 3 4 @1041000000",
              "received 3 4 @1042000000");
      assertThat(net.drops).isEmpty();
    }
  }

  @Test
  void echoesCountAsAnswers() {
    try (net) {
      new UdpSink(b.stack, 7, 0, true, 0).start(0, b);
      new UdpFlow(a.stack, UdpFlow.Settings.of(1, B, 7, 10 * MS, 3)).start(0, a);
      net.run(SECOND);
      assertThat(net.log.stream().filter(line -> line.startsWith("answered")))
          .containsExactly("answered 1 0 4000000", "answered 1 1 2000000", "answered 1 2 2000000");
    }
  }

  @Test
  void connectedSocketKeepsAStickyRouteAndUnconnectedAsksEachTime() {
    try (net) {
      a.stack.securityPath(security);
      security.sticky = true;
      new UdpSink(b.stack, 7, 0, false, 0).start(0, b);
      UdpFlow.Settings settings = UdpFlow.Settings.of(1, B, 7, MS, 10).withLabel(5);
      new UdpFlow(a.stack, settings.withConnected()).start(0, a);
      net.run(SECOND);
      assertThat(security.asked).containsExactly("SOCKET proto 17 label 5");
      security.sticky = false;
      new UdpFlow(a.stack, settings.withConnected().withTimes(net.now, 0)).start(net.now, a);
      net.run(2 * SECOND);
      // connect, and each call since the answer is not valid any more
      assertThat(security.asked).hasSize(1 + 11);
      security.sticky = true;
      new UdpFlow(a.stack, settings.withTimes(net.now, 0).withNonblocking()).start(net.now, a);
      net.run(3 * SECOND);
      assertThat(security.asked).hasSize(12 + 10).contains("SOCKET_NONBLOCKING proto 17 label 5");
      assertThat(net.count("received 1")).isEqualTo(30);
    }
  }

  @Test
  void blockedTaskSleepsAndCatchesUp() {
    try (net) {
      a.stack.securityPath(security);
      security.answer = Errno.ASLEEP;
      new UdpSink(b.stack, 7, 0, false, 0).start(0, b);
      new UdpFlow(a.stack, UdpFlow.Settings.of(1, B, 7, 10 * MS, 10)).start(0, a);
      net.run(25 * MS);
      assertThat(net.log).containsExactly("offered 1 0 @0", "asleep 1 0 @0");
      a.stack.wakeSleepers(net.now, a);
      assertThat(net.count("asleep")).isEqualTo(2);
      security.answer = Errno.OK;
      a.stack.wakeSleepers(net.now, a);
      net.run(SECOND);
      assertThat(net.log.subList(3, 6))
          .containsExactly(
              "offered 1 1 @25000000", "offered 1 2 @25000000", "received 1 0 @28000000");
      assertThat(net.count("received")).isEqualTo(10);
      assertThat(net.count("offered")).isEqualTo(10);
    }
  }

  @Test
  void connectSleepsToo() {
    try (net) {
      a.stack.securityPath(security);
      security.answer = Errno.ASLEEP;
      new UdpSink(b.stack, 7, 0, false, 0).start(0, b);
      new UdpFlow(a.stack, UdpFlow.Settings.of(1, B, 7, 10 * MS, 2).withConnected()).start(0, a);
      net.run(15 * MS);
      assertThat(net.log).containsExactly("asleep 1 0 @0");
      security.answer = Errno.OK;
      a.stack.wakeSleepers(net.now, a);
      net.run(SECOND);
      assertThat(net.count("received")).isEqualTo(2);
    }
  }

  @Test
  void eagainIsRefusedAndKillsWhoDoesNotExpectIt() {
    try (net) {
      a.stack.securityPath(security);
      security.answer = Errno.EAGAIN;
      new UdpFlow(a.stack, UdpFlow.Settings.of(1, B, 7, 10 * MS, 3)).start(0, a);
      new UdpFlow(a.stack, UdpFlow.Settings.of(2, B, 7, 10 * MS, 3).withDeathOnEagain())
          .start(0, a);
      net.run(SECOND);
      assertThat(net.count("refused 1")).isEqualTo(3);
      assertThat(net.count("offered 2")).isEqualTo(1);
      assertThat(net.log).contains("died 2 EAGAIN");
      assertThat(net.pool.born()).isZero();
    }
  }

  @Test
  void pingMeasuresEachRoundTrip() {
    try (net) {
      a.stack.securityPath(security);
      PingFlow ping =
          new PingFlow(a.stack, PingFlow.Settings.of(1, B, SECOND, 3).withSourceProbe());
      ping.start(0, a);
      net.run(10 * SECOND);
      assertThat(net.log.stream().filter(line -> line.startsWith("answered")))
          .containsExactly("answered 1 0 4000000", "answered 1 1 2000000", "answered 1 2 2000000");
      assertThat(security.asked.getFirst()).startsWith("SOCKET_NONBLOCKING proto 17");
      assertThat(net.frames.get(2).bytes().getUnsignedShort(14 + 20 + 6)).isEqualTo(1);
      ping.stop(a);
    }
  }

  @Test
  void resolverAsksAgainAfterFiveSecondsAndGivesUpAfterTen() {
    try (net) {
      new DnsResponder(b.stack, 0).start(0, b);
      boolean[] lossy = {true};
      net.pass = (guest, frame) -> !lossy[0];
      new DnsFlow(a.stack, DnsFlow.Settings.of(1, B, 20 * SECOND, 2)).start(0, a);
      net.run(4 * SECOND);
      lossy[0] = false;
      net.run(15 * SECOND);
      assertThat(net.log)
          .containsExactly(
              "offered 1 0 @0",
              "retransmitted 1",
              "received 1 0 @5003000000",
              "answered 1 0 5004000000");
      lossy[0] = true;
      net.run(60 * SECOND);
      assertThat(net.log.getLast()).isEqualTo("failed 1 ETIMEDOUT");
    }
  }

  @Test
  void resolverThatGetsEagainFailsAtOnce() {
    try (net) {
      a.stack.securityPath(security);
      security.answer = Errno.EAGAIN;
      new DnsFlow(a.stack, DnsFlow.Settings.of(1, B, SECOND, 1)).start(0, a);
      net.run(SECOND);
      assertThat(net.log)
          .containsExactly(
              "offered 1 0 @0",
              "refused 1 0 EAGAIN @0",
              "refused 1 0 EAGAIN @0",
              "failed 1 EAGAIN");
    }
  }

  @Test
  void fullReceiveBufferNeverHappensToAReaderAndPortsComeBack() {
    try (net) {
      UdpSink sink = new UdpSink(b.stack, 7, 0, false, 0);
      sink.start(0, b);
      sink.stop(b);
      new UdpSink(b.stack, 7, 0, false, 0).start(0, b);
      new UdpFlow(a.stack, UdpFlow.Settings.of(1, B, 7, 1000, 5000)).start(0, a);
      net.run(SECOND);
      assertThat(net.reasons()).containsOnly(DropReason.NEIGHBOUR_QUEUE_FULL);
      // 2 ms of ARP at one datagram each microsecond; 277 of 768 bytes truesize fit the queue
      assertThat(net.count("received")).isEqualTo(5000 - (2000 - 277));
    }
  }
}
