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
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

class TwoGuestsTest {
  private static final class Inbox implements UdpSocket.Listener {
    final List<String> got = new ArrayList<>();

    @Override
    public void onReadable(long now, UdpSocket socket, Effects out) {
      for (Packet p = socket.receive(); p != null; p = socket.receive()) {
        got.add(UdpSocket.sender(p) + " " + p.length());
        out.deliver(p);
      }
    }
  }

  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24", "fd00::1/64")));
  private final TestNet.Host b =
      net.host(GuestConfig.host("b", nic(2, 1500, "10.0.0.2/24", "fd00::2/64")));

  TwoGuestsTest() {
    net.wire(a, 0, b, 0, 5 * MS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void pingResolvesTheNeighbourAndComesBack(String target) {
    try (net) {
      List<Integer> replies = new ArrayList<>();
      PingSocket ping = a.stack.pingSocket((now, socket, sequence, out) -> replies.add(sequence));
      assertThat(ping.sendEcho(net.now, IpAddress.parse(target), 0, 56, 1, 0, a))
          .isEqualTo(Errno.OK);
      net.run(19 * MS);
      assertThat(replies).isEmpty();
      net.run(20 * MS);
      assertThat(replies).containsExactly(0);
      assertThat(net.log).containsExactly("received 1 0 @15000000");
      assertThat(net.drops).isEmpty();
      ping.close();
      net.run(100 * SECOND);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void datagramArrivesAndAnUnboundPortRefuses(String address) {
    try (net) {
      IpAddress target = IpAddress.parse(address);
      Inbox inbox = new Inbox();
      UdpSocket server = b.stack.udpSocket(inbox);
      assertThat(server.bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
      UdpSocket client = a.stack.udpSocket(new Inbox());
      ByteBuf data = Unpooled.wrappedBuffer(new byte[100]);
      assertThat(client.sendTo(0, target, 7, data, 1, 0, a)).isEqualTo(Errno.OK);
      assertThat(client.connect(0, target, 9, a)).isEqualTo(Errno.OK);
      assertThat(client.send(0, data, 1, 1, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(inbox.got).hasSize(1).first().asString().endsWith(" 100");
      assertThat(net.reasons()).containsExactly(DropReason.NO_SOCKET);
      assertThat(client.send(SECOND, data, 1, 2, a)).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @Test
  void unansweredNeighbourFailsAfterThreeProbes() {
    try (net) {
      UdpSocket client = a.stack.udpSocket(new Inbox()).allErrors(true);
      ByteBuf data = Unpooled.wrappedBuffer(new byte[10]);
      IpAddress nobody = IpAddress.parse("10.0.0.77");
      assertThat(client.connect(0, nobody, 7, a)).isEqualTo(Errno.OK);
      assertThat(client.send(0, data, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(2999 * MS);
      assertThat(net.reasons()).doesNotContain(DropReason.NEIGHBOUR_FAILED);
      net.run(3 * SECOND);
      assertThat(net.reasons()).contains(DropReason.NEIGHBOUR_FAILED);
      assertThat(net.frames).hasSize(3);
      assertThat(client.send(net.now, data, 1, 1, a)).isEqualTo(Errno.EHOSTUNREACH);
    }
  }
}
