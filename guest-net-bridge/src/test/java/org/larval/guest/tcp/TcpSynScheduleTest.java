package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.Errno;
import org.larval.packet.Jiffies;
import org.larval.wire.TcpView;

/** When SYNs leave, to the nanosecond; the measured kernels ran at 250 Hz. */
class TcpSynScheduleTest {
  private static final long MS = Wire.MS;

  /** When each SYN left and, last, when connect failed. */
  private static List<Long> schedule(TcpSettings settings) {
    try (Wire wire = new Wire(settings, 1)) {
      wire.loss = 1;
      Endpoint client = new Endpoint();
      TcpSocket socket = wire.a.tcp.socket(client);
      assertThat(socket.connect(0, Wire.B, 80, false, wire.out)).isEqualTo(Errno.ASLEEP);
      long failedAt = -1;
      while (wire.nextDeadline() != Long.MAX_VALUE) {
        failedAt = wire.nextDeadline();
        wire.run(failedAt);
      }
      assertThat(client.failures).containsExactly(Errno.ETIMEDOUT);
      assertThat(wire.sent).allMatch(s -> s.flags() == TcpView.SYN);
      assertThat(wire.sent.stream().map(Wire.Sent::segment).distinct()).hasSize(1);
      assertThat(wire.sent.getFirst().segment()).isNotZero();
      assertThat(socket.synRetransmissions()).isEqualTo(wire.sent.size() - 1);
      assertThat(wire.log.retransmissions).isEqualTo(wire.sent.size() - 1);
      assertThat(wire.a.tcp.connections()).isZero();
      List<Long> times = new ArrayList<>();
      wire.sent.forEach(s -> times.add(s.at()));
      times.add(failedAt);
      return times;
    }
  }

  private static List<Long> seconds(TcpSettings settings) {
    return schedule(settings.withJiffies(Jiffies.EXACT)).stream()
        .map(t -> t / Wire.SECOND)
        .toList();
  }

  @Test
  void linux61Doubles() {
    assertThat(seconds(TcpSettings.LINUX_6_1)).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 63L, 127L);
  }

  /** Documentation/networking/ip-sysctl.rst: the last SYN after 67 s, the failure after 131 s. */
  @Test
  void linux612IsLinearFirst() {
    assertThat(seconds(TcpSettings.LINUX_6_12))
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 7L, 11L, 19L, 35L, 67L, 131L);
  }

  /** Worked out by hand from the timer wheel: 256, 760, 1792, 3840, 7872, 16384, 32768 jiffies. */
  @Test
  void linux61AtTwoHundredFiftyHertz() {
    assertThat(schedule(TcpSettings.LINUX_6_1))
        .containsExactly(
            0L, 1024 * MS, 3040 * MS, 7168 * MS, 15360 * MS, 31488 * MS, 65536 * MS, 131072 * MS);
  }

  @Test
  void linux612AtTwoHundredFiftyHertz() {
    assertThat(schedule(TcpSettings.LINUX_6_12).subList(0, 7))
        .containsExactly(0L, 1024 * MS, 2048 * MS, 3072 * MS, 4096 * MS, 5120 * MS, 7136 * MS);
  }

  /** Measured: ETIMEDOUT at 7.15 s with tcp_syn_retries=2. */
  @Test
  void twoRetriesEndAfterSevenSeconds() {
    assertThat(schedule(TcpSettings.LINUX_6_1.withSynRetries(2)))
        .containsExactly(0L, 1024 * MS, 3040 * MS, 7168 * MS);
  }

  /** Linear timeouts do not prolong it: time since the first SYN counts too (tcp_write_timeout). */
  @Test
  void twoRetriesEndAfterSevenSecondsOnLinux612Too() {
    List<Long> times = schedule(TcpSettings.LINUX_6_12.withSynRetries(2));
    assertThat(times).hasSize(7);
    assertThat(times.getLast()).isEqualTo(7136 * MS);
  }

  @Test
  void synAcksAreRepeatedFiveTimes() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1.withJiffies(Jiffies.EXACT), 1)) {
      wire.delay = 0;
      Endpoint server = new Endpoint();
      TcpListener listener = wire.b.tcp.listen(null, 80, 0, server);
      assertThat(listener).isNotNull();
      wire.lost = s -> s.by() == wire.b;
      Endpoint client = new Endpoint();
      TcpSocket socket = wire.a.tcp.socket(client);
      socket.connect(0, Wire.B, 80, true, wire.out);
      wire.at(1, t -> socket.abort(t, wire.out));
      wire.run(100 * Wire.SECOND);
      assertThat(wire.by(wire.b).stream().map(s -> s.at() / Wire.SECOND))
          .containsExactly(0L, 1L, 3L, 7L, 15L, 31L);
      assertThat(wire.by(wire.b)).allMatch(s -> s.flags() == (TcpView.SYN | TcpView.ACK));
      assertThat(wire.by(wire.b))
          .describedAs("a request socket's SYN-ACKs are each built anew")
          .allMatch(s -> s.segment() == 0);
      assertThat(wire.b.tcp.connections()).isZero();
      assertThat(server.told).isEmpty();
    }
  }
}
