package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;

class LoopbackTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24", "fd00::1/64")));

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "127.0.0.1", "fd00::1", "::1"})
  void aGuestTalksToItselfPastIpsec(String self) {
    try (net) {
      FakeSecurity security = new FakeSecurity();
      a.stack.securityPath(security);
      IpAddress target = IpAddress.parse(self);
      Inbox inbox = new Inbox();
      UdpSocket server = a.stack.udpSocket(inbox);
      assertThat(server.bind(target, 7)).isEqualTo(Errno.OK);
      UdpSocket client = a.stack.udpSocket(new Inbox());
      assertThat(client.sendTo(0, target, 7, Unpooled.wrappedBuffer(new byte[9000]), 1, 0, a))
          .isEqualTo(Errno.OK);
      assertThat(inbox.payloads).isEmpty();
      assertThat(a.stack.deadline()).isZero();
      List<Integer> replies = new ArrayList<>();
      PingSocket ping = a.stack.pingSocket((now, socket, sequence, out) -> replies.add(sequence));
      assertThat(ping.sendEcho(0, target, 9, 56, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(inbox.payloads).hasSize(1);
      assertThat(inbox.senders.getFirst()).startsWith(target.toString());
      assertThat(replies).containsExactly(9);
      assertThat(net.frames).isEmpty();
      assertThat(security.asked).isEmpty();
      // nobody listens: refused by itself
      assertThat(client.connect(net.now, target, 8, a)).isEqualTo(Errno.OK);
      assertThat(client.send(net.now, Unpooled.EMPTY_BUFFER, 1, 1, a)).isEqualTo(Errno.OK);
      net.run(2 * SECOND);
      assertThat(client.takeError()).isEqualTo(Errno.ECONNREFUSED);
      ping.close();
    }
  }

  @Test
  void backlogIsBounded() {
    try (net) {
      UdpSocket client = a.stack.udpSocket(new Inbox());
      for (int i = 0; i < 1100; i++) {
        assertThat(client.sendTo(0, IpAddress.parse("10.0.0.1"), 7, Unpooled.EMPTY_BUFFER, 1, i, a))
            .isEqualTo(Errno.OK);
      }
      assertThat(net.reasons()).hasSize(100).containsOnly(DropReason.NIC_RING_FULL);
    }
  }
}
