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
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;

class SocketTest {
  private static final IpAddress B = IpAddress.parse("10.0.0.2");

  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24", "10.0.0.11/24")));
  private final TestNet.Host b = net.host(GuestConfig.host("b", nic(2, 1500, "10.0.0.2/24")));
  private final ByteBuf data = Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4});

  SocketTest() {
    net.wire(a, 0, b, 0, MS);
  }

  @Test
  void portsAreTakenOnceForEachAddress() {
    try (net) {
      UdpSocket first = a.stack.udpSocket(new Inbox());
      assertThat(first.bind(IpAddress.parse("10.0.0.1"), 500)).isEqualTo(Errno.OK);
      UdpSocket second = a.stack.udpSocket(new Inbox());
      assertThat(second.bind(IpAddress.parse("10.0.0.1"), 500)).isEqualTo(Errno.EADDRINUSE);
      assertThat(second.bind(IpAddress.ANY4, 500)).isEqualTo(Errno.EADDRINUSE);
      assertThat(second.bind(IpAddress.parse("10.0.0.99"), 500)).isEqualTo(Errno.EADDRNOTAVAIL);
      assertThat(second.bind(IpAddress.parse("10.0.0.11"), 500)).isEqualTo(Errno.OK);
      assertThat(second.bind(IpAddress.ANY4, 501)).isEqualTo(Errno.EINVAL);
      assertThat(second.send(0, data, 1, 0, a)).isEqualTo(Errno.EDESTADDRREQ);
      first.close(a);
      assertThat(first.bind(IpAddress.parse("10.0.0.1"), 500)).isEqualTo(Errno.OK);
      assertThat(first.sendTo(0, B, 7, Unpooled.wrappedBuffer(new byte[65_508]), 1, 0, a))
          .isEqualTo(Errno.EMSGSIZE);
    }
  }

  @Test
  void connectedSocketHearsOnlyItsPeer() {
    try (net) {
      Inbox wild = new Inbox();
      Inbox peer = new Inbox();
      assertThat(b.stack.udpSocket(wild).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
      UdpSocket one = a.stack.udpSocket(new Inbox());
      assertThat(one.bind(IpAddress.parse("10.0.0.1"), 4000)).isEqualTo(Errno.OK);
      UdpSocket two = a.stack.udpSocket(new Inbox());
      assertThat(two.bind(IpAddress.parse("10.0.0.11"), 4000)).isEqualTo(Errno.OK);
      UdpSocket connected = b.stack.udpSocket(peer);
      assertThat(connected.bind(B, 8)).isEqualTo(Errno.OK);
      assertThat(connected.connect(0, IpAddress.parse("10.0.0.11"), 4000, b)).isEqualTo(Errno.OK);
      assertThat(one.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.OK);
      assertThat(one.sendTo(0, B, 8, data, 1, 1, a)).isEqualTo(Errno.OK);
      assertThat(two.sendTo(0, B, 8, data, 1, 2, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(wild.senders).containsExactly("10.0.0.1 4000");
      assertThat(peer.senders).containsExactly("10.0.0.11 4000");
      assertThat(net.reasons()).containsExactly(DropReason.NO_SOCKET);
    }
  }

  @Test
  void unreadDatagramsFillTheBufferAndNoMore() {
    try (net) {
      UdpSocket lazy = b.stack.udpSocket((now, socket, out) -> {});
      assertThat(lazy.bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
      UdpSocket client = a.stack.udpSocket(new Inbox());
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      for (int i = 1; i < 1000; i++) {
        assertThat(client.sendTo(net.now, B, 7, data, 1, i, a)).isEqualTo(Errno.OK);
      }
      net.run(2 * SECOND);
      assertThat(net.reasons()).hasSize(1000 - 277).containsOnly(DropReason.SOCKET_BUFFER_FULL);
      Packet first = lazy.receive();
      assertThat(first).isNotNull();
      assertThat(first.sequence).isZero();
      b.deliver(first);
      lazy.close(b);
      assertThat(net.reasons()).hasSize(1000 - 1).contains(DropReason.NO_SOCKET);
    }
  }

  @Test
  void gatesRefuseLikeNetfilter() {
    try (net) {
      DropReason[] why = {DropReason.CIPSO_REFUSED};
      Hook[] where = {Hook.OUTPUT};
      for (Hook hook : List.of(Hook.OUTPUT, Hook.POSTROUTING)) {
        a.stack.gate(
            hook, (now, packet) -> where[0] == hook ? Verdict.drop(why[0]) : Verdict.CONTINUE);
      }
      UdpSocket client = a.stack.udpSocket(new Inbox());
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.EPERM);
      why[0] = DropReason.PACKET_CLASS_DENIED;
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.EPERM);
      where[0] = Hook.POSTROUTING;
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.ECONNREFUSED);
      assertThat(net.frames).isEmpty();
    }
  }

  @Test
  void labelsTravelInTheGuestAndNotOnTheWire() {
    try (net) {
      List<Integer> seen = new ArrayList<>();
      a.stack.gate(
          Hook.OUTPUT,
          (now, packet) -> {
            seen.add(packet.label);
            packet.secmark = 9;
            return Verdict.CONTINUE;
          });
      b.stack.gate(
          Hook.PREROUTING,
          (now, packet) -> {
            seen.add(packet.label + packet.secmark);
            // as a labelled SA would
            packet.label = 33;
            return Verdict.CONTINUE;
          });
      FakeSecurity security = new FakeSecurity();
      b.stack.securityPath(security);
      PingSocket ping = a.stack.pingSocket((now, socket, sequence, out) -> {}).label(7);
      assertThat(ping.sendEcho(0, B, 1, 56, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(seen).containsExactly(7, 0);
      // the reply takes the request's label
      assertThat(security.asked).containsExactly("admits IN", "SOCKET_SOFTIRQ proto 1 label 33");
      ping.close();
    }
  }

  @Test
  void inboundPolicyIsAskedBeforeDeliveryAndBypassedByKeyManagers() {
    try (net) {
      FakeSecurity security = new FakeSecurity();
      security.admit = false;
      b.stack.securityPath(security);
      Inbox inbox = new Inbox();
      Inbox ike = new Inbox();
      assertThat(b.stack.udpSocket(inbox).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
      assertThat(b.stack.udpSocket(ike).bypassSecurity(true).bind(IpAddress.ANY4, 500))
          .isEqualTo(Errno.OK);
      UdpSocket client = a.stack.udpSocket(new Inbox());
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.OK);
      assertThat(client.sendTo(0, B, 500, data, 1, 1, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      assertThat(inbox.payloads).isEmpty();
      assertThat(ike.payloads).hasSize(1);
      assertThat(net.reasons()).containsExactly(DropReason.XFRM_IN_TMPL_MISMATCH);
    }
  }

  @Test
  void encapsulatedEspIsTakenFromUdp() {
    try (net) {
      FakeSecurity security = new FakeSecurity();
      b.stack.securityPath(security);
      b.stack.encapsulationPort(4500);
      Inbox ike = new Inbox();
      assertThat(b.stack.udpSocket(ike).bypassSecurity(true).bind(IpAddress.ANY4, 4500))
          .isEqualTo(Errno.OK);
      UdpSocket client = a.stack.udpSocket(new Inbox());
      ByteBuf esp = Unpooled.wrappedBuffer(new byte[] {0, 0, 1, 0, 0, 0, 0, 1, 9, 9, 9, 9});
      ByteBuf marker = Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 0, 5, 5, 5, 5, 5});
      ByteBuf keepalive = Unpooled.wrappedBuffer(new byte[] {-1});
      for (ByteBuf payload : List.of(esp, marker, keepalive)) {
        assertThat(client.sendTo(0, B, 4500, payload, 1, 0, a)).isEqualTo(Errno.OK);
      }
      net.run(SECOND);
      assertThat(security.asked).containsExactly("input 17");
      assertThat(ike.payloads).containsExactly("000000000505050505");
      assertThat(net.drops).isEmpty();
    }
  }

  @Test
  void foreignFramesAndMartiansAreDropped() {
    try (net) {
      UdpSocket client = a.stack.udpSocket(new Inbox());
      assertThat(client.sendTo(0, B, 7, data, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(SECOND);
      ByteBuf frame =
          net.sentBy(a).stream()
              .filter(f -> f.getUnsignedShort(12) == EthernetView.TYPE_IPV4)
              .findFirst()
              .orElseThrow();
      net.drops.clear();
      int[][] sources = {{0x0a00_0002}, {0xe000_0001}, {0x0a00_00ff}, {0x7f00_0001}, {0}};
      for (int[] source : sources) {
        ByteBuf bad = frame.copy();
        bad.setInt(26, source[0]);
        bad.setShort(24, 0);
        bad.setShort(24, Checksum.of(bad, 14, 20));
        b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, bad), b);
      }
      assertThat(net.reasons()).hasSize(5).containsOnly(DropReason.MARTIAN);
      net.drops.clear();
      ByteBuf other = frame.copy();
      other.setByte(5, 77);
      b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, other), b);
      ByteBuf broken = frame.copy();
      broken.setByte(24, broken.getByte(24) ^ 1);
      b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, broken), b);
      ByteBuf damaged = frame.copy();
      damaged.setByte(damaged.writerIndex() - 1, 99);
      b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, damaged), b);
      assertThat(net.reasons())
          .containsExactly(DropReason.NOT_FOR_US, DropReason.BAD_CHECKSUM, DropReason.BAD_CHECKSUM);
    }
  }
}
