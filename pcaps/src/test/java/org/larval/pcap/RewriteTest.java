package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.larval.wire.ArpView;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.MacAddress;
import org.larval.wire.TcpView;
import org.larval.wire.UdpView;

/** After a rewrite every checksum must be right again when it is computed in full. */
class RewriteTest {
  private static final IpAddress A4 = IpAddress.parse("10.9.0.1");
  private static final IpAddress A6 = IpAddress.parse("fd09::1");
  private static final IpAddress NEW4 = IpAddress.parse("192.0.2.77");
  private static final IpAddress NEW6 = IpAddress.parse("2001:db8:1:2:3:4:aa:bbcc");
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress NEW_MAC = MacAddress.parse("de:ad:be:ef:12:34");

  private final Rewrite rewrite = Rewrite.of(Map.of(A4, NEW4, A6, NEW6), Map.of(MAC, NEW_MAC));
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  @Test
  void goldenCipsoFrames() throws IOException {
    int tcp = 0;
    int icmp = 0;
    for (CapturedFrame frame :
        Samples.read(CaptureReader.open(Samples.file("cipso-pass-tag1"))).frames()) {
      ByteBuf data = frame.data();
      ByteBuf before = data.copy();
      int length = data.readableBytes();
      rewrite.frame(data, 0, length);
      boolean fromA = before.getInt(26) == A4.v4Bits();
      assertThat(MacAddress.read(data, fromA ? 6 : 0)).isEqualTo(NEW_MAC.bits());
      assertThat(ipv4.wrap(data, 14, length - 14)).isNull();
      assertThat(fromA ? ipv4.source() : ipv4.target()).isEqualTo(NEW4);
      long pseudo = Checksum.pseudoHeader(data, 14, false, ipv4.protocol(), ipv4.payloadLength());
      long oldPseudo =
          Checksum.pseudoHeader(before, 14, false, ipv4.protocol(), ipv4.payloadLength());
      int at = ipv4.payload();
      switch (ipv4.protocol()) {
        case IpProtocol.TCP -> {
          TcpView view = new TcpView();
          assertThat(view.wrap(before, at, ipv4.payloadLength())).isNull();
          boolean right = view.checksumRight(oldPseudo);
          assertThat(view.wrap(data, at, ipv4.payloadLength())).isNull();
          assertThat(view.checksumRight(pseudo)).isEqualTo(right);
          tcp++;
        }
        case IpProtocol.ICMP -> {
          icmp++;
          assertThat(Checksum.of(data, at, ipv4.payloadLength())).isZero();
        }
        default -> {}
      }
    }
    assertThat(tcp).isEqualTo(10);
    assertThat(icmp).isEqualTo(2);
  }

  /** The packets that came out of the tunnel have checksums that a kernel computed in full. */
  @Test
  void goldenInnerFrames() throws IOException {
    IpAddress inner = IpAddress.parse("fd10:1::1");
    Rewrite toNew = Rewrite.of(Map.of(inner, NEW6), Map.of());
    int right = 0;
    for (CapturedFrame frame :
        Samples.read(CaptureReader.open(Samples.file("esp-tunnel-gcm128-v6"))).frames()) {
      ByteBuf data = frame.data();
      int length = data.readableBytes();
      assertThat(ipv6.wrap(data, 14, length - 14)).isNull();
      int protocol = ipv6.protocol();
      if (protocol == IpProtocol.ESP) {
        continue;
      }
      int size = ipv6.payloadLength();
      long before = Checksum.pseudoHeader(data, 14, true, protocol, size);
      assertThat(Checksum.fold(before + Checksum.sum(data, 54, size))).isZero();
      toNew.frame(data, 0, length);
      assertThat(IpAddress.read(data, 38, true)).isEqualTo(NEW6);
      long after = Checksum.pseudoHeader(data, 14, true, protocol, size);
      assertThat(Checksum.fold(after + Checksum.sum(data, 54, size))).isZero();
      right++;
    }
    assertThat(right).isEqualTo(7);
  }

  @Test
  void anyUdpAndTcp() {
    long seed = Long.getLong("larval.seed", 31);
    System.out.println("anyUdpAndTcp: -Dlarval.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      boolean v6 = random.nextBoolean();
      boolean tcp = random.nextBoolean();
      IpAddress from = v6 ? A6 : A4;
      IpAddress to = v6 ? IpAddress.ofV6(random.nextLong(), 1) : IpAddress.ofV4(random.nextInt());
      int length = 20 + random.nextInt(60);
      int header = v6 ? 40 : 20;
      ByteBuf data = Unpooled.buffer(header + length);
      for (int i = 0; i < header + length; i++) {
        data.writeByte(random.nextInt(3) == 0 ? random.nextInt() : 0);
      }
      int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
      if (v6) {
        Ipv6View.emit(data, 0, 0, 0, length, protocol, 64, from, to);
      } else {
        Ipv4View.emit(data, 0, 20, 20 + length, 0, 1, 0, 64, protocol, from, to);
      }
      long pseudo = Checksum.pseudoHeader(from, to, protocol, length);
      if (tcp) {
        TcpView.emit(data, header, 20, length, 1, 2, 3, 4, 5, 6, pseudo);
      } else {
        UdpView.emit(data, header, random.nextInt(65_536), 2, length, pseudo);
      }
      rewrite.packet(data, 0, header + length);
      long now = Checksum.pseudoHeader(v6 ? NEW6 : NEW4, to, protocol, length);
      assertThat(v6 ? ipv6.wrap(data, 0, header + length) : ipv4.wrap(data, 0, header + length))
          .isNull();
      assertThat(v6 ? ipv6.source() : ipv4.source()).isEqualTo(v6 ? NEW6 : NEW4);
      ByteBuf anew = data.copy();
      if (tcp) {
        TcpView.emit(anew, header, 20, length, 1, 2, 3, 4, 5, 6, now);
      } else {
        UdpView.emit(anew, header, data.getUnsignedShort(header), 2, length, now);
      }
      assertThat(data).isEqualTo(anew);
    }
  }

  @Test
  void udpWithoutChecksumStaysSo() {
    ByteBuf data = Unpooled.buffer(28).writeZero(28);
    Ipv4View.emit(data, 0, 20, 28, 0, 1, 0, 64, IpProtocol.UDP, A4, NEW4);
    data.setShort(24, 8);
    rewrite.packet(data, 0, 28);
    assertThat(ipv4.wrap(data, 0, 28)).isNull();
    assertThat(ipv4.source()).isEqualTo(NEW4);
    assertThat(data.getUnsignedShort(26)).isZero();
  }

  @Test
  void laterFragmentsKeepTheirPayload() {
    ByteBuf data = Unpooled.buffer(60).writeZero(60);
    Ipv4View.emit(data, 0, 20, 60, 0, 1, 5, 64, IpProtocol.TCP, A4, NEW4);
    ByteBuf payload = data.copy(20, 40);
    rewrite.packet(data, 0, 60);
    assertThat(ipv4.wrap(data, 0, 60)).isNull();
    assertThat(ipv4.source()).isEqualTo(NEW4);
    assertThat(data.copy(20, 40)).isEqualTo(payload);
  }

  @Test
  void arp() {
    ByteBuf data = Unpooled.buffer(42).writeZero(42);
    IpAddress other = IpAddress.parse("10.9.0.2");
    EthernetView.emit(data, 0, 0xffff_ffff_ffffL, MAC.bits(), EthernetView.TYPE_ARP);
    ArpView.emit(data, 14, ArpView.REPLY, MAC.bits(), A4, 5, other);
    rewrite.frame(data, 0, 42);
    ByteBuf expected = Unpooled.buffer(42).writeZero(42);
    EthernetView.emit(expected, 0, 0xffff_ffff_ffffL, NEW_MAC.bits(), EthernetView.TYPE_ARP);
    ArpView.emit(expected, 14, ArpView.REPLY, NEW_MAC.bits(), NEW4, 5, other);
    assertThat(data).isEqualTo(expected);
  }

  /** A solicitation for A: its target, its group, the group's Ethernet address, its option. */
  @Test
  void neighbourDiscovery() {
    IpAddress asker = IpAddress.parse("fd09::2");
    assertThat(solicitation(asker, A6, MAC, true))
        .isEqualTo(solicitation(asker, NEW6, NEW_MAC, false));
  }

  private ByteBuf solicitation(IpAddress from, IpAddress target, MacAddress mac, boolean change) {
    ByteBuf data = Unpooled.buffer(86).writeZero(86);
    IpAddress group = target.solicitedNode();
    EthernetView.emit(data, 0, MacAddress.ofMulticast(group), mac.bits(), EthernetView.TYPE_IPV6);
    Ipv6View.emit(data, 14, 0, 0, 32, IpProtocol.ICMPV6, 255, from, group);
    long pseudo = Checksum.pseudoHeader(from, group, IpProtocol.ICMPV6, 32);
    Icmpv6View.emitNeighbour(
        data, 54, Icmpv6View.NEIGHBOUR_SOLICITATION, 0, target, 1, mac.bits(), pseudo);
    if (change) {
      rewrite.frame(data, 0, 86);
    }
    return data;
  }

  @Test
  void cutFramesAreBorne() throws IOException {
    for (String name : new String[] {"cipso-pass-tag1", "esp-tunnel-gcm128-v6"}) {
      for (CapturedFrame frame : Samples.read(CaptureReader.open(Samples.file(name))).frames()) {
        for (int length = 0; length < frame.data().readableBytes(); length++) {
          ByteBuf data = frame.data().copy(0, length);
          rewrite.frame(data, 0, length);
          rewrite.packet(data, 0, length);
        }
      }
    }
  }

  @Test
  void familiesMustAgree() {
    assertThatThrownBy(() -> Rewrite.of(Map.of(A4, A6), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot rewrite 10.9.0.1 to fd09::1: the families differ");
  }
}
