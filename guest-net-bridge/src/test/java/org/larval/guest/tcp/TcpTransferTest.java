package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.Errno;
import org.larval.wire.TcpView;

/** Bytes arrive whole, in order and once, whatever the wire does. */
class TcpTransferTest {
  private static byte[] bytes(int count, long seed) {
    byte[] data = new byte[count];
    new SplittableRandom(seed).nextBytes(data);
    return data;
  }

  private static void same(String about, byte[] received, byte[] sent) {
    assertThat(received.length).describedAs("length, %s", about).isEqualTo(sent.length);
    assertThat(Arrays.mismatch(received, sent)).describedAs("mismatch, %s", about).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 40",
    "0.02, 0, 0, 40",
    "0.1, 0, 0, 40",
    "0.3, 0, 0, 15",
    "0, 20, 0, 40",
    "0.05, 20, 0.05, 60",
    "0.2, 30, 0.2, 30",
    "0, 0, 0.5, 30",
    "0.05, 3, 0, 40"
  })
  void bothWays(double loss, int jitterMs, double duplication, int seeds) {
    for (int seed = 1; seed <= seeds; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TcpSettings settings =
          TcpSettings.LINUX_6_1.withBuffers(
              random.nextInt(2048, 100_000), random.nextInt(2048, 100_000));
      try (Wire wire = new Wire(settings, seed)) {
        wire.loss = loss;
        wire.jitter = jitterMs * Wire.MS;
        wire.duplication = duplication;
        Endpoint server = new Endpoint();
        Endpoint client = new Endpoint();
        server.toSend = bytes(random.nextInt(1, 60_000), seed);
        client.toSend = bytes(random.nextInt(1, 120_000), seed + 1000);
        server.closeWhenSent = true;
        client.closeWhenSent = true;
        wire.b.tcp.listen(null, 80, 0, server);
        TcpSocket socket = wire.a.tcp.socket(client);
        socket.connect(0, Wire.B, 80, false, wire.out);
        wire.run(3000 * Wire.SECOND);
        String about = "seed " + seed;
        assertThat(client.failures).describedAs(about).isEmpty();
        assertThat(server.failures).describedAs(about).isEmpty();
        same(about, server.received.toByteArray(), client.toSend);
        same(about, client.received.toByteArray(), server.toSend);
        assertThat(client.told).describedAs(about).containsOnlyOnce("end", "closed");
        assertThat(server.told).describedAs(about).containsOnlyOnce("end", "closed");
        assertThat(wire.a.tcp.connections() + wire.b.tcp.connections()).describedAs(about).isZero();
        assertThat(wire.pool.live()).describedAs(about).isZero();
      }
    }
  }

  /** Sequence numbers wrap in the middle of the stream, or with the SYN, or with the FIN. */
  @ParameterizedTest
  @ValueSource(ints = {-1, -2, -5000, -40_000, Integer.MAX_VALUE, Integer.MAX_VALUE - 7000})
  void sequenceNumbersWrap(int initial) {
    for (int seed = 0; seed < 10; seed++) {
      RandomGenerator fixed = () -> (long) initial << 32;
      try (Wire wire = new Wire(TcpSettings.LINUX_6_1, Wire.A, Wire.B, seed, fixed, fixed)) {
        wire.loss = 0.05;
        wire.jitter = 3 * Wire.MS;
        Endpoint server = new Endpoint();
        Endpoint client = new Endpoint();
        client.toSend = bytes(initial == -40_000 ? 39_999 : 30_000, seed);
        client.closeWhenSent = true;
        wire.b.tcp.listen(null, 80, 0, server);
        TcpSocket socket = wire.a.tcp.socket(client).bind(null, 1025);
        socket.connect(0, Wire.B, 80, false, wire.out);
        wire.run(500 * Wire.SECOND);
        assertThat(wire.sent.getFirst().sequence()).isEqualTo(initial);
        same("seed " + seed, server.received.toByteArray(), client.toSend);
        assertThat(client.told).endsWith("closed");
        assertThat(wire.pool.live()).isZero();
      }
    }
  }

  /** One lost segment among many is repaired within a round trip, without the timer. */
  @Test
  void fastRetransmit() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.delay = 50 * Wire.MS;
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = bytes(14600, 1);
      wire.b.tcp.listen(null, 80, 0, server);
      int[] seen = {0};
      wire.lost = s -> s.by() == wire.a && s.length() > 0 && seen[0]++ == 2;
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, false, wire.out);
      // connected after 100 ms, ten segments at once, duplicates are back at 200, repaired at 250
      wire.run(255 * Wire.MS);
      assertThat(server.received.size()).isEqualTo(14600);
      assertThat(socket.retransmissions()).isEqualTo(1);
    }
  }

  /** Two lost in one window: the partial acknowledgement brings the second (RFC 6582). */
  @Test
  void newRenoRepairsTwoLosses() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.delay = 50 * Wire.MS;
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = bytes(14600, 1);
      wire.b.tcp.listen(null, 80, 0, server);
      int[] seen = {0};
      wire.lost =
          s -> {
            if (s.by() != wire.a || s.length() == 0) {
              return false;
            }
            int which = seen[0]++;
            return which == 2 || which == 5;
          };
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(355 * Wire.MS);
      assertThat(server.received.size()).isEqualTo(14600);
      assertThat(socket.retransmissions()).isEqualTo(2);
    }
  }

  /** Slow start doubles from ten segments (RFC 6928). */
  @Test
  void slowStart() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.delay = 50 * Wire.MS;
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = bytes(200_000, 1);
      wire.b.tcp.listen(null, 80, 0, server);
      wire.a.tcp.socket(client).connect(0, Wire.B, 80, false, wire.out);
      wire.run(320 * Wire.MS);
      assertThat(flightOf(wire, 100)).isEqualTo(10);
      assertThat(flightOf(wire, 200)).isEqualTo(20);
      assertThat(flightOf(wire, 300)).isEqualTo(40);
    }
  }

  private static long flightOf(Wire wire, long ms) {
    return wire.by(wire.a).stream().filter(s -> s.length() > 0 && s.at() / Wire.MS == ms).count();
  }

  @Test
  void theSenderFillsABottleneck() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1.withBuffers(1 << 18, 65536), 1)) {
      wire.rate = 1_250_000;
      wire.delay = 10 * Wire.MS;
      TcpSink sink = new TcpSink(wire.b.tcp, null, 9, 0);
      TcpBulkFlow bulk = new TcpBulkFlow(wire.a.tcp, 1, 0, Wire.B, 9, 2_500_000, 0, wire.log);
      bulk.onDeadline(0, wire.out);
      wire.run(30 * Wire.SECOND);
      assertThat(sink.bytes()).isEqualTo(2_500_000);
      assertThat(bulk.left()).isZero();
      // two seconds at line rate; headers and slow start may cost a tenth
      assertThat(sink.lastAt()).isBetween(2 * Wire.SECOND, 2200 * Wire.MS);
      assertThat(bulk.doneAt()).isGreaterThanOrEqualTo(sink.lastAt());
    }
  }

  @Test
  void zeroWindowIsProbedAndReopens() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1.withBuffers(65536, 4096), 1)) {
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = bytes(20_000, 3);
      server.reading = false;
      wire.b.tcp.listen(null, 80, 0, server);
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(30 * Wire.SECOND);
      assertThat(server.received.size()).isZero();
      TcpSocket child = server.socket;
      assertThat(child).isNotNull();
      assertThat(child.available()).isBetween(3000, 4096);
      long probes = wire.by(wire.a).stream().filter(s -> s.at() > Wire.SECOND).count();
      assertThat(probes).describedAs("probes back off").isBetween(4L, 8L);
      assertThat(client.failures).isEmpty();
      // the announcement that the window is open again gets lost: only a probe can find out
      server.reading = true;
      wire.lost = s -> s.by() == wire.b && s.at() == 30 * Wire.SECOND;
      server.drain(wire.now, child, wire.out);
      wire.run(200 * Wire.SECOND);
      same("", server.received.toByteArray(), client.toSend);
    }
  }

  @Test
  void aPeerThatVanishesIsGivenUp() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      wire.b.tcp.listen(null, 80, 0, server);
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(Wire.SECOND);
      wire.loss = 1;
      socket.write(wire.now, new byte[10], 0, 10, wire.out);
      wire.run(900 * Wire.SECOND);
      assertThat(client.failures).isEmpty();
      // tcp_retries2 = 15: 924.6 s by Documentation/networking/ip-sysctl.rst, at the next timeout
      wire.run(1100 * Wire.SECOND);
      assertThat(client.failures).containsExactly(Errno.ETIMEDOUT);
    }
  }

  @Test
  void nagleWaitsAndNoDelayDoesNot() {
    assertThat(segmentsForThreeWrites(false)).isEqualTo(2);
    assertThat(segmentsForThreeWrites(true)).isEqualTo(3);
  }

  private static long segmentsForThreeWrites(boolean noDelay) {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.b.tcp.listen(null, 80, 0, new Endpoint());
      TcpSocket socket = wire.a.tcp.socket(new Endpoint()).noDelay(noDelay);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(Wire.SECOND);
      for (int i = 0; i < 3; i++) {
        socket.write(wire.now, new byte[7], 0, 7, wire.out);
      }
      wire.run(2 * Wire.SECOND);
      return wire.by(wire.a).stream().filter(s -> s.length() > 0).count();
    }
  }

  @Test
  void pathMtuShrinks() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = bytes(60_000, 5);
      wire.b.tcp.listen(null, 80, 0, server);
      wire.largestIcmp = 1280;
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(2 * Wire.SECOND);
      same("", server.received.toByteArray(), client.toSend);
      assertThat(wire.by(wire.a).stream().filter(s -> s.length() > 1240 && s.at() > 25 * Wire.MS))
          .describedAs("after the first ICMP error nothing too big leaves")
          .isEmpty();
      assertThat(socket.retransmissions()).isBetween(10, 30);
    }
  }

  @Test
  void theSegmentSizeFollowsThePath() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      Endpoint server = new Endpoint();
      wire.b.tcp.listen(null, 80, 0, server);
      wire.a.mtu = 1438;
      Endpoint client = new Endpoint();
      client.toSend = bytes(5000, 5);
      TcpSocket socket = wire.a.tcp.socket(client).ipOptionBytes(12);
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(Wire.SECOND);
      assertThat(wire.sent.getFirst().mss()).isEqualTo(1386);
      assertThat(wire.by(wire.a).stream().mapToInt(Wire.Sent::length).max()).hasValue(1386);
    }
  }

  @Test
  void unreadDataTurnsCloseIntoReset() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      Endpoint server = new Endpoint();
      server.reading = false;
      Endpoint client = new Endpoint();
      client.toSend = bytes(10, 1);
      wire.b.tcp.listen(null, 80, 0, server);
      wire.a.tcp.socket(client).connect(0, Wire.B, 80, false, wire.out);
      wire.run(Wire.SECOND);
      TcpSocket child = server.socket;
      assertThat(child).isNotNull();
      child.close(wire.now, wire.out);
      wire.run(2 * Wire.SECOND);
      assertThat(wire.by(wire.b).getLast().has(TcpView.RST)).isTrue();
      assertThat(client.failures).containsExactly(Errno.ECONNRESET);
    }
  }

  /** Quick at first; once the client has answered within 40 ms, acknowledgements wait 40 ms. */
  @Test
  void acknowledgementsWaitOnceTheSessionIsInteractive() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.delay = 0;
      Endpoint server = new Endpoint();
      wire.b.tcp.listen(null, 80, 0, server);
      TcpSocket socket = wire.a.tcp.socket(new Endpoint());
      socket.connect(0, Wire.B, 80, false, wire.out);
      wire.run(Wire.SECOND);
      socket.write(wire.now, new byte[10], 0, 10, wire.out);
      wire.run(2 * Wire.SECOND);
      assertThat(wire.by(wire.b).getLast().at()).describedAs("quick").isEqualTo(Wire.SECOND);
      TcpSocket child = server.socket;
      assertThat(child).isNotNull();
      socket.write(wire.now, new byte[10], 0, 10, wire.out);
      wire.run(wire.now + 10 * Wire.MS);
      child.write(wire.now, new byte[10], 0, 10, wire.out);
      wire.run(wire.now + 100 * Wire.MS);
      long asked = wire.now;
      socket.write(wire.now, new byte[10], 0, 10, wire.out);
      wire.run(3 * Wire.SECOND);
      long late = wire.by(wire.b).getLast().at() - asked;
      assertThat(late).describedAs("delayed").isBetween(40 * Wire.MS, 48 * Wire.MS);
    }
  }

  /** A receiver whose application sleeps keeps what it announced room for, and no more. */
  @Test
  void tinySegmentsCannotGrowTheReceiveBuffer() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1.withBuffers(1 << 20, 200_000), 1)) {
      wire.delay = 1000;
      Endpoint server = new Endpoint();
      server.reading = false;
      wire.b.tcp.listen(null, 80, 0, server);
      wire.a.mtu = 100;
      Endpoint client = new Endpoint();
      client.toSend = bytes(300_000, 2);
      wire.a.tcp.socket(client).connect(0, Wire.B, 80, false, wire.out);
      wire.run(30 * Wire.SECOND);
      TcpSocket child = server.socket;
      assertThat(child).isNotNull();
      assertThat(child.available()).isBetween(190_000, 200_010);
    }
  }
}
