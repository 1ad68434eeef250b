package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.larval.guest.GuestConfig.StaticRoute;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.pcap4j.packet.ArpPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6ExtFragmentPacket;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.UdpPacket;

/** pcap4j reads everything that the stack sends, and finds the checksums right. */
class IndependentDecoderTest {
  private final Map<String, Integer> seen = new TreeMap<>();

  @Test
  void pcap4jUnderstandsEveryFrame() throws IllegalRawDataException {
    try (TestNet net = new TestNet()) {
      TestNet.Host a =
          net.host(
              GuestConfig.host("a", nic(1, 1500, "10.0.1.1/24", "fd00:1::1/64"))
                  .withRoutes(
                      StaticRoute.defaultVia(IpAddress.parse("10.0.1.254")),
                      StaticRoute.defaultVia(IpAddress.parse("fd00:1::ff"))));
      TestNet.Host r =
          net.host(
              GuestConfig.host(
                      "r",
                      nic(2, 1500, "10.0.1.254/24", "fd00:1::ff/64"),
                      nic(3, 1400, "10.0.2.254/24", "fd00:2::ff/64"))
                  .withForwarding());
      TestNet.Host b =
          net.host(
              GuestConfig.host("b", nic(4, 1500, "10.0.2.2/24", "fd00:2::2/64"))
                  .withRoutes(
                      StaticRoute.defaultVia(IpAddress.parse("10.0.2.254")),
                      StaticRoute.defaultVia(IpAddress.parse("fd00:2::ff"))));
      net.wire(a, 0, r, 0, MS);
      net.wire(r, 1, b, 0, MS);
      for (String target : new String[] {"10.0.2.2", "fd00:2::2"}) {
        IpAddress to = IpAddress.parse(target);
        UdpSocket socket = a.stack.udpSocket(new Inbox());
        for (int size : new int[] {0, 1, 100, 1450, 1450, 5001}) {
          ByteBuf data = Unpooled.wrappedBuffer(new byte[size]);
          assertThat(socket.sendTo(net.now, to, 9, data, 1, 0, a)).isEqualTo(Errno.OK);
          net.run(net.now + SECOND);
        }
        PingSocket ping = a.stack.pingSocket((now, s, sequence, out) -> {});
        assertThat(ping.sendEcho(net.now, to, 1, 3000, 1, 0, a)).isEqualTo(Errno.OK);
        assertThat(ping.sendEcho(net.now, to, 2, 56, 1, 1, a)).isEqualTo(Errno.OK);
        net.run(net.now + 40 * SECOND);
      }
      for (TestNet.Frame frame : net.frames) {
        byte[] bytes = ByteBufUtil.getBytes(frame.bytes());
        EthernetPacket ethernet = EthernetPacket.newPacket(bytes, 0, bytes.length);
        assertThat(ethernet.getRawData()).isEqualTo(bytes);
        check(ethernet);
      }
    }
    assertThat(seen.keySet())
        .contains("arp", "ipv4", "ipv6", "ipv6 fragment", "udp")
        .contains("Destination Unreachable", "Packet Too Big")
        .contains("Echo", "Echo Reply", "Echo Request")
        .contains("Neighbor Solicitation", "Neighbor Advertisement");
  }

  private void check(EthernetPacket ethernet) {
    assertThat(ethernet.contains(IllegalPacket.class)).as(ethernet.toString()).isFalse();
    ArpPacket arp = ethernet.get(ArpPacket.class);
    if (arp != null) {
      count("arp");
    }
    IpV4Packet v4 = ethernet.get(IpV4Packet.class);
    if (v4 != null) {
      count("ipv4");
      assertThat(v4.getHeader().hasValidChecksum(false)).isTrue();
      assertThat(v4.length()).isEqualTo(v4.getHeader().getTotalLengthAsInt());
      boolean whole =
          !v4.getHeader().getMoreFragmentFlag() && v4.getHeader().getFragmentOffset() == 0;
      UdpPacket udp = v4.get(UdpPacket.class);
      if (whole && udp != null && v4.getPayload() instanceof UdpPacket) {
        count("udp");
        assertThat(
                udp.hasValidChecksum(
                    v4.getHeader().getSrcAddr(), v4.getHeader().getDstAddr(), false))
            .isTrue();
      }
      if (whole && v4.getPayload() instanceof IcmpV4CommonPacket icmp) {
        count(icmp.getHeader().getType().name());
        assertThat(icmp.hasValidChecksum(false)).isTrue();
      }
      return;
    }
    IpV6Packet v6 = ethernet.get(IpV6Packet.class);
    if (v6 == null) {
      return;
    }
    count("ipv6");
    assertThat(v6.length()).isEqualTo(40 + v6.getHeader().getPayloadLengthAsInt());
    Packet payload = v6.getPayload();
    switch (payload) {
      case IpV6ExtFragmentPacket fragment -> count("ipv6 fragment");
      case UdpPacket udp -> {
        count("udp");
        assertThat(
                udp.hasValidChecksum(
                    v6.getHeader().getSrcAddr(), v6.getHeader().getDstAddr(), false))
            .isTrue();
      }
      case IcmpV6CommonPacket icmp -> {
        count(icmp.getHeader().getType().name());
        assertThat(
                icmp.hasValidChecksum(
                    v6.getHeader().getSrcAddr(), v6.getHeader().getDstAddr(), false))
            .isTrue();
      }
      default -> throw new AssertionError("not expected: " + payload);
    }
  }

  private void count(String kind) {
    seen.merge(kind, 1, Integer::sum);
  }
}
