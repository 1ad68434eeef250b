package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcap4j.packet.ArpPacket;
import org.pcap4j.packet.Dot1qVlanTagPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6ExtDestinationOptionsPacket;
import org.pcap4j.packet.IpV6ExtFragmentPacket;
import org.pcap4j.packet.IpV6ExtHopByHopOptionsPacket;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpMaximumSegmentSizeOption;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.TcpWindowScaleOption;
import org.pcap4j.packet.UdpPacket;

/** Compares what our views say of a frame with what pcap4j says of it, field by field. */
final class SecondOpinion {
  int ipv4;
  int ipv6;
  int tcp;
  int udp;
  int icmp;
  int icmpv6;
  int arp;
  int vlans;
  int v6Fragments;

  private final EthernetView ethernetView = new EthernetView();
  private final ArpView arpView = new ArpView();
  private final Ipv4View ipv4View = new Ipv4View();
  private final Ipv6View ipv6View = new Ipv6View();
  private final TcpView tcpView = new TcpView();
  private final UdpView udpView = new UdpView();
  private final IcmpView icmpView = new IcmpView();
  private final Icmpv6View icmpv6View = new Icmpv6View();

  void compare(byte[] frame) throws IllegalRawDataException {
    ByteBuf data = Unpooled.wrappedBuffer(frame);
    EthernetPacket theirs = EthernetPacket.newPacket(frame, 0, frame.length);
    assertThat(ethernetView.wrap(data, 0, frame.length)).isNull();
    assertThat(new MacAddress(ethernetView.target()))
        .hasToString(theirs.getHeader().getDstAddr().toString());
    assertThat(new MacAddress(ethernetView.source()))
        .hasToString(theirs.getHeader().getSrcAddr().toString());
    Dot1qVlanTagPacket tag = theirs.get(Dot1qVlanTagPacket.class);
    assertThat(ethernetView.vlan()).isEqualTo(tag == null ? -1 : tag.getHeader().getVidAsInt());
    vlans += tag == null ? 0 : 1;
    IpV4Packet v4 = theirs.get(IpV4Packet.class);
    IpV6Packet v6 = theirs.get(IpV6Packet.class);
    ArpPacket arpPacket = theirs.get(ArpPacket.class);
    int at = ethernetView.payload();
    int length = ethernetView.payloadLength();
    if (arpPacket != null) {
      arp++;
      assertThat(ethernetView.type()).isEqualTo(EthernetView.TYPE_ARP);
      compareArp(data, at, length, arpPacket.getHeader());
    } else if (v4 != null) {
      ipv4++;
      assertThat(ethernetView.type()).isEqualTo(EthernetView.TYPE_IPV4);
      compareIpv4(data, at, length, v4);
    } else if (v6 != null) {
      ipv6++;
      assertThat(ethernetView.type()).isEqualTo(EthernetView.TYPE_IPV6);
      compareIpv6(data, at, length, v6);
    } else {
      throw new AssertionError("pcap4j sees neither ARP nor IP in " + theirs);
    }
  }

  private void compareArp(ByteBuf data, int at, int length, ArpPacket.ArpHeader header) {
    assertThat(arpView.wrap(data, at, length)).isNull();
    assertThat(arpView.operation()).isEqualTo(header.getOperation().value() & 0xffff);
    assertThat(new MacAddress(arpView.senderMac()))
        .hasToString(header.getSrcHardwareAddr().toString());
    assertThat(new MacAddress(arpView.targetMac()))
        .hasToString(header.getDstHardwareAddr().toString());
    same(arpView.senderIp(), header.getSrcProtocolAddr());
    same(arpView.targetIp(), header.getDstProtocolAddr());
  }

  private void compareIpv4(ByteBuf data, int at, int length, IpV4Packet packet) {
    IpV4Packet.IpV4Header header = packet.getHeader();
    assertThat(ipv4View.wrap(data, at, length)).isNull();
    assertThat(header.hasValidChecksum(false)).isTrue();
    assertThat(ipv4View.start()).isEqualTo(at);
    assertThat(ipv4View.headerLength()).isEqualTo(header.getIhlAsInt() * 4);
    assertThat(ipv4View.totalLength()).isEqualTo(header.getTotalLengthAsInt());
    assertThat(ipv4View.trafficClass()).isEqualTo(header.getTos().value() & 0xff);
    assertThat(ipv4View.identification()).isEqualTo(header.getIdentificationAsInt());
    assertThat(ipv4View.dontFragment()).isEqualTo(header.getDontFragmentFlag());
    assertThat(ipv4View.moreFragments()).isEqualTo(header.getMoreFragmentFlag());
    assertThat(ipv4View.fragmentOffset()).isEqualTo(header.getFragmentOffset() * 8);
    assertThat(ipv4View.isFragment())
        .isEqualTo(header.getMoreFragmentFlag() || header.getFragmentOffset() != 0);
    assertThat(ipv4View.ttl()).isEqualTo(header.getTtlAsInt());
    assertThat(ipv4View.protocol()).isEqualTo(header.getProtocol().value() & 0xff);
    same(ipv4View.source(), header.getSrcAddr());
    same(ipv4View.target(), header.getDstAddr());
    assertThat(ipv4View.optionsLength())
        .isEqualTo(
            header.getOptions().stream().mapToInt(o -> o.length()).sum()
                + header.getPadding().length);
    for (IpV4Packet.IpV4Option option : header.getOptions()) {
      int type = option.getType().value() & 0xff;
      if (type > 1) {
        int place = ipv4View.option(type);
        byte[] bytes = new byte[option.length()];
        data.getBytes(place, bytes);
        assertThat(bytes).isEqualTo(option.getRawData());
      }
    }
    samePayload(data, ipv4View.payload(), ipv4View.payloadLength(), packet.getPayload());
    if (!ipv4View.isFragment()) {
      IcmpV4CommonPacket icmpPacket = packet.get(IcmpV4CommonPacket.class);
      if (icmpPacket != null && ipv4View.protocol() == IpProtocol.ICMP) {
        compareIcmp(data, icmpPacket);
      }
      compareTransport(
          data,
          ipv4View.protocol(),
          ipv4View.payload(),
          ipv4View.payloadLength(),
          Checksum.pseudoHeader(
              data, ipv4View.start(), false, ipv4View.protocol(), ipv4View.payloadLength()),
          Checksum.pseudoHeader(
              ipv4View.source(), ipv4View.target(), ipv4View.protocol(), ipv4View.payloadLength()),
          packet,
          header.getSrcAddr(),
          header.getDstAddr());
    }
  }

  private void compareIpv6(ByteBuf data, int at, int length, IpV6Packet packet) {
    IpV6Packet.IpV6Header header = packet.getHeader();
    assertThat(ipv6View.wrap(data, at, length)).isNull();
    assertThat(ipv6View.start()).isEqualTo(at);
    assertThat(ipv6View.totalLength()).isEqualTo(40 + header.getPayloadLengthAsInt());
    assertThat(ipv6View.trafficClass()).isEqualTo(header.getTrafficClass().value() & 0xff);
    assertThat(ipv6View.flowLabel()).isEqualTo(header.getFlowLabel().value());
    assertThat(ipv6View.hopLimit()).isEqualTo(header.getHopLimitAsInt());
    assertThat(ipv6View.nextHeader()).isEqualTo(header.getNextHeader().value() & 0xff);
    same(ipv6View.source(), header.getSrcAddr());
    same(ipv6View.target(), header.getDstAddr());
    IpV6ExtFragmentPacket fragment = packet.get(IpV6ExtFragmentPacket.class);
    assertThat(ipv6View.fragmentHeader() >= 0).isEqualTo(fragment != null);
    if (fragment != null) {
      v6Fragments++;
      assertThat(ipv6View.fragmentOffset()).isEqualTo(fragment.getHeader().getFragmentOffset() * 8);
      assertThat(ipv6View.moreFragments()).isEqualTo(fragment.getHeader().getM());
      assertThat(ipv6View.identification()).isEqualTo(fragment.getHeader().getIdentification());
      assertThat(ipv6View.protocol()).isEqualTo(fragment.getHeader().getNextHeader().value() & 255);
      samePayload(data, ipv6View.payload(), ipv6View.payloadLength(), fragment.getPayload());
      return;
    }
    Packet upper = packet.getPayload();
    // it takes ESP and AH for an unknown extension header
    while (upper instanceof IpV6ExtHopByHopOptionsPacket
        || upper instanceof IpV6ExtDestinationOptionsPacket) {
      upper = upper.getPayload();
    }
    samePayload(data, ipv6View.payload(), ipv6View.payloadLength(), upper);
    assertThat(data.getUnsignedByte(ipv6View.protocolField()))
        .isEqualTo((short) ipv6View.protocol());
    long pseudoHeader =
        Checksum.pseudoHeader(
            data, ipv6View.start(), true, ipv6View.protocol(), ipv6View.payloadLength());
    IcmpV6CommonPacket icmpPacket = packet.get(IcmpV6CommonPacket.class);
    if (icmpPacket != null && ipv6View.protocol() == IpProtocol.ICMPV6) {
      icmpv6++;
      assertThat(icmpv6View.wrap(data, ipv6View.payload(), ipv6View.payloadLength(), pseudoHeader))
          .isNull();
      assertThat(icmpPacket.hasValidChecksum(header.getSrcAddr(), header.getDstAddr(), false))
          .isTrue();
      assertThat(icmpv6View.type()).isEqualTo(icmpPacket.getHeader().getType().value() & 0xff);
      assertThat(icmpv6View.code()).isEqualTo(icmpPacket.getHeader().getCode().value() & 0xff);
    }
    compareTransport(
        data,
        ipv6View.protocol(),
        ipv6View.payload(),
        ipv6View.payloadLength(),
        pseudoHeader,
        Checksum.pseudoHeader(
            ipv6View.source(), ipv6View.target(), ipv6View.protocol(), ipv6View.payloadLength()),
        packet,
        header.getSrcAddr(),
        header.getDstAddr());
  }

  private void compareIcmp(ByteBuf data, IcmpV4CommonPacket packet) {
    icmp++;
    assertThat(icmpView.wrap(data, ipv4View.payload(), ipv4View.payloadLength())).isNull();
    assertThat(packet.hasValidChecksum(false)).isTrue();
    assertThat(icmpView.type()).isEqualTo(packet.getHeader().getType().value() & 0xff);
    assertThat(icmpView.code()).isEqualTo(packet.getHeader().getCode().value() & 0xff);
    Packet rest = packet.getPayload();
    if (rest instanceof org.pcap4j.packet.IcmpV4EchoPacket echo) {
      assertThat(icmpView.identifier()).isEqualTo(echo.getHeader().getIdentifierAsInt());
      assertThat(icmpView.sequence()).isEqualTo(echo.getHeader().getSequenceNumberAsInt());
      samePayload(data, icmpView.payload(), icmpView.payloadLength(), echo.getPayload());
    }
  }

  private void compareTransport(
      ByteBuf data,
      int protocol,
      int at,
      int length,
      long pseudoHeader,
      long samePseudoHeader,
      Packet packet,
      InetAddress source,
      InetAddress target) {
    TcpPacket segment = packet.get(TcpPacket.class);
    UdpPacket datagram = packet.get(UdpPacket.class);
    if (protocol == IpProtocol.TCP && segment != null) {
      tcp++;
      assertThat(tcpView.wrap(data, at, length)).isNull();
      compareTcp(segment);
      boolean right = segment.hasValidChecksum(source, target, false);
      assertThat(tcpView.checksumRight(pseudoHeader)).isEqualTo(right);
      assertThat(tcpView.checksumRight(samePseudoHeader)).isEqualTo(right);
      samePayload(data, tcpView.payload(), tcpView.payloadLength(), segment.getPayload());
    } else if (protocol == IpProtocol.UDP && datagram != null) {
      udp++;
      assertThat(udpView.wrap(data, at, length)).isNull();
      assertThat(udpView.sourcePort()).isEqualTo(datagram.getHeader().getSrcPort().valueAsInt());
      assertThat(udpView.targetPort()).isEqualTo(datagram.getHeader().getDstPort().valueAsInt());
      assertThat(udpView.totalLength()).isEqualTo(datagram.getHeader().getLengthAsInt());
      boolean right = datagram.hasValidChecksum(source, target, source.getAddress().length == 4);
      boolean v6 = source.getAddress().length == 16;
      assertThat(udpView.checksumRight(pseudoHeader, v6)).isEqualTo(right);
      assertThat(udpView.checksumRight(samePseudoHeader, v6)).isEqualTo(right);
      samePayload(data, udpView.payload(), udpView.payloadLength(), datagram.getPayload());
    }
  }

  private void compareTcp(TcpPacket segment) {
    TcpPacket.TcpHeader header = segment.getHeader();
    assertThat(tcpView.sourcePort()).isEqualTo(header.getSrcPort().valueAsInt());
    assertThat(tcpView.targetPort()).isEqualTo(header.getDstPort().valueAsInt());
    assertThat(tcpView.sequence()).isEqualTo(header.getSequenceNumber());
    assertThat(tcpView.acknowledgement()).isEqualTo(header.getAcknowledgmentNumber());
    assertThat(tcpView.headerLength()).isEqualTo(header.getDataOffsetAsInt() * 4);
    assertThat(tcpView.window()).isEqualTo(header.getWindowAsInt());
    assertThat(tcpView.has(TcpView.FIN)).isEqualTo(header.getFin());
    assertThat(tcpView.has(TcpView.SYN)).isEqualTo(header.getSyn());
    assertThat(tcpView.has(TcpView.RST)).isEqualTo(header.getRst());
    assertThat(tcpView.has(TcpView.PSH)).isEqualTo(header.getPsh());
    assertThat(tcpView.has(TcpView.ACK)).isEqualTo(header.getAck());
    assertThat(tcpView.has(TcpView.URG)).isEqualTo(header.getUrg());
    int mss = -1;
    int scale = -1;
    List<TcpPacket.TcpOption> options = header.getOptions();
    for (TcpPacket.TcpOption option : options) {
      if (option instanceof TcpMaximumSegmentSizeOption size) {
        mss = size.getMaxSegSizeAsInt();
      } else if (option instanceof TcpWindowScaleOption window) {
        scale = window.getShiftCountAsInt();
      }
      int kind = option.getKind().value() & 0xff;
      if (kind > 1) {
        assertThat(tcpView.option(kind)).isPositive();
      }
    }
    assertThat(tcpView.mss()).isEqualTo(mss);
    assertThat(tcpView.windowScale()).isEqualTo(scale);
  }

  static void same(IpAddress ours, InetAddress theirs) {
    byte[] bytes = theirs.getAddress();
    assertThat(ours)
        .isEqualTo(IpAddress.read(Unpooled.wrappedBuffer(bytes), 0, bytes.length == 16));
  }

  private static void samePayload(ByteBuf data, int at, int length, @Nullable Packet theirs) {
    byte[] bytes = new byte[length];
    data.getBytes(at, bytes);
    assertThat(bytes).isEqualTo(theirs == null ? new byte[0] : theirs.getRawData());
  }
}
