package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Jiffies;
import org.larval.packet.Packet;
import org.larval.wire.ArpView;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;

class NeighbourTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24", "fd00::1/64")));
  private final TestNet.Host b =
      net.host(GuestConfig.host("b", nic(2, 1500, "10.0.0.2/24", "fd00::2/64")));
  private final Inbox inbox = new Inbox();
  private final ByteBuf data = Unpooled.wrappedBuffer(new byte[20]);

  NeighbourTest() {
    net.wire(a, 0, b, 0, MS);
    assertThat(b.stack.udpSocket(inbox).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
  }

  private void send(String target) {
    UdpSocket socket = a.stack.udpSocket(new Inbox());
    assertThat(socket.sendTo(net.now, IpAddress.parse(target), 7, data, 1, 0, a))
        .isEqualTo(Errno.OK);
    socket.close(a);
  }

  private long questions() {
    return net.sentBy(a).stream().filter(NeighbourTest::isQuestion).count();
  }

  private static boolean isQuestion(ByteBuf frame) {
    return switch (frame.getUnsignedShort(12)) {
      case EthernetView.TYPE_ARP -> frame.getUnsignedShort(20) == ArpView.REQUEST;
      case EthernetView.TYPE_IPV6 ->
          frame.getUnsignedByte(20) == 58 && frame.getUnsignedByte(54) == 135;
      default -> false;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void manyPacketsShareOneQuestionAndKeepTheirOrder(String target) {
    try (net) {
      for (int i = 0; i < 50; i++) {
        data.setInt(0, i);
        send(target);
      }
      net.run(SECOND);
      assertThat(questions()).isEqualTo(1);
      assertThat(inbox.payloads).hasSize(50).isSorted();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void staleEntryIsUsedAndCheckedByUnicast(String target) {
    try (net) {
      send(target);
      net.run(40 * SECOND);
      send(target);
      net.run(44 * SECOND);
      assertThat(inbox.payloads).hasSize(2);
      assertThat(questions()).isEqualTo(1);
      net.run(46 * SECOND);
      assertThat(questions()).isEqualTo(2);
      List<ByteBuf> asked = net.sentBy(a).stream().filter(NeighbourTest::isQuestion).toList();
      assertThat(asked.getFirst().getUnsignedByte(0) & 1).isEqualTo(1);
      assertThat(asked.getLast().getUnsignedShort(4)).isEqualTo(2);
      net.run(100 * SECOND);
      // confirmed: no further question until it is used again
      assertThat(questions()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2", "fd00::2"})
  void vanishedNeighbourIsAskedForAnewAfterItFailed(String target) {
    try (net) {
      send(target);
      net.run(40 * SECOND);
      net.pass = (guest, frame) -> guest.equals("a") && !isQuestion(frame);
      send(target);
      net.run(60 * SECOND);
      send(target);
      net.run(70 * SECOND);
      assertThat(net.reasons()).containsExactly(DropReason.NEIGHBOUR_FAILED);
      net.pass = (guest, frame) -> true;
      send(target);
      net.run(80 * SECOND);
      assertThat(inbox.payloads).hasSize(3);
    }
  }

  @Test
  void questionsForOthersTeachNothing() {
    try (net) {
      arp(ArpView.REQUEST, "10.0.0.9", "10.0.0.77", 0x0200_0000_0009L);
      assertThat(net.reasons()).containsExactly(DropReason.NOT_FOR_US);
      assertThat(net.frames).isEmpty();
      arp(ArpView.REPLY, "10.0.0.9", "10.0.0.1", 0x0200_0000_0009L);
      NetDevice device = a.stack.device(0);
      assertThat(a.stack.neighbours.find(device, IpAddress.parse("10.0.0.9"))).isNull();
      arp(ArpView.REQUEST, "10.0.0.9", "10.0.0.1", 0x0200_0000_0009L);
      Neighbour learned = a.stack.neighbours.find(device, IpAddress.parse("10.0.0.9"));
      assertThat(learned).isNotNull();
      assertThat(learned.state()).isEqualTo(Neighbour.State.STALE);
      assertThat(net.frames).hasSize(1);
      // a gratuitous announcement moves a known neighbour
      arp(ArpView.REQUEST, "10.0.0.9", "10.0.0.9", 0x0200_0000_0010L);
      assertThat(learned.mac()).isEqualTo(0x0200_0000_0010L);
      // somebody claims our address
      arp(ArpView.REQUEST, "10.0.0.1", "10.0.0.1", 0x0200_0000_0010L);
      assertThat(net.reasons()).contains(DropReason.MARTIAN);
    }
  }

  private void arp(int operation, String sender, String target, long mac) {
    Packet packet = net.pool.make(net.now, 42);
    ByteBuf frame = packet.buffer();
    int at = frame.readerIndex();
    frame.writeZero(42);
    EthernetView.emit(frame, at, 0xffff_ffff_ffffL, mac, EthernetView.TYPE_ARP);
    ArpView.emit(
        frame, at + 14, operation, mac, IpAddress.parse(sender), 0, IpAddress.parse(target));
    a.stack.onFrame(net.now, 0, packet, a);
  }

  @Test
  void tableIsBoundedAndFullOfQuestionsRefuses() {
    try (net) {
      UdpSocket socket = a.stack.udpSocket(new Inbox());
      net.pass = (guest, frame) -> false;
      TestNet.Host c = net.host(GuestConfig.host("c", nic(3, 1500, "10.1.0.1/16")));
      UdpSocket many = c.stack.udpSocket(new Inbox());
      for (int i = 0; i < 1024; i++) {
        assertThat(many.sendTo(0, IpAddress.ofV4(0x0a01_1000 + i), 7, data, 1, i, c))
            .isEqualTo(Errno.OK);
      }
      assertThat(many.sendTo(0, IpAddress.parse("10.1.9.9"), 7, data, 1, 0, c))
          .isEqualTo(Errno.ENOBUFS);
      net.run(10 * SECOND);
      assertThat(many.sendTo(net.now, IpAddress.parse("10.1.9.9"), 7, data, 1, 0, c))
          .isEqualTo(Errno.OK);
      socket.close(a);
    }
  }

  @Test
  void kernelTimersAreLateAsInLinux() {
    try (net) {
      TestNet.Host c =
          net.host(GuestConfig.host("c", nic(3, 1500, "10.0.0.3/24")).withJiffies(Jiffies.HZ_250));
      UdpSocket socket = c.stack.udpSocket(new Inbox());
      assertThat(socket.sendTo(0, IpAddress.parse("10.0.0.9"), 7, data, 1, 0, c))
          .isEqualTo(Errno.OK);
      assertThat(c.stack.deadline())
          .isEqualTo(Jiffies.HZ_250.fires(0, SECOND))
          .isNotEqualTo(SECOND);
    }
  }
}
