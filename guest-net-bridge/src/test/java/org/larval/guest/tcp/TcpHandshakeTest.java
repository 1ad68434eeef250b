package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.packet.Errno;
import org.larval.packet.Jiffies;
import org.larval.wire.TcpView;

class TcpHandshakeTest {
  @Test
  void echo() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      TcpEchoServer server = new TcpEchoServer(wire.b.tcp, null, 5000, 0, wire.log);
      assertThat(server.listener()).isNotNull();
      TcpEchoFlow flow =
          new TcpEchoFlow(wire.a.tcp, TcpEchoFlow.Plan.of(3, 0, Wire.B, 5000, false, 0), wire.log);
      wire.run(flow, 5 * Wire.SECOND);
      assertThat(flow.exchanged()).isEqualTo(10);
      assertThat(wire.log.connects).containsExactly(10 * Wire.MS);
      assertThat(wire.log.roundTrips).hasSize(10).allMatch(r -> r == 10 * Wire.MS);
      assertThat(wire.log.failures).isEmpty();
      assertThat(wire.log.retransmissions).isZero();
      assertThat(wire.b.tcp.connections()).isZero();
      assertThat(wire.a.tcp.connections()).describedAs("in TIME_WAIT").isEqualTo(1);
      wire.run(70 * Wire.SECOND);
      assertThat(wire.a.tcp.connections()).isZero();
    }
  }

  @Test
  void synScheduleOfLinux61() {
    List<Long> exact = synSchedule(TcpSettings.LINUX_6_1.withJiffies(Jiffies.EXACT));
    assertThat(exact).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 63L, 127L);
  }

  @Test
  void synScheduleOfLinux612() {
    List<Long> exact = synSchedule(TcpSettings.LINUX_6_12.withJiffies(Jiffies.EXACT));
    assertThat(exact).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 7L, 11L, 19L, 35L, 67L, 131L);
  }

  private static List<Long> synSchedule(TcpSettings settings) {
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
      List<Long> times = new java.util.ArrayList<>();
      wire.sent.forEach(s -> times.add(s.at() / Wire.SECOND));
      times.add(failedAt / Wire.SECOND);
      return times;
    }
  }
}
