package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV6NeighborAdvertisementPacket;
import org.pcap4j.packet.IcmpV6NeighborSolicitationPacket;

/** What our emitters write from random values, read again by our views and by pcap4j. */
class EmittedFramesTest {
  private static final int ROUNDS = 200;

  private final SecondOpinion opinion = new SecondOpinion();
  private long seed;
  private Random random = new Random(0);

  private void seed(TestInfo info) {
    seed = Long.getLong("larval.seed", info.getDisplayName().hashCode());
    System.out.println(info.getDisplayName() + ": -Dlarval.seed=" + seed);
    random = new Random(seed);
  }

  private IpAddress address(boolean v6) {
    return v6
        ? IpAddress.ofV6(random.nextLong(), random.nextLong())
        : IpAddress.ofV4(random.nextInt());
  }

  private long mac() {
    return random.nextLong() >>> 16;
  }

  private static byte[] bytes(ByteBuf data, int length) {
    byte[] bytes = new byte[length];
    data.getBytes(0, bytes);
    return bytes;
  }

  private ByteBuf ethernet(int type) {
    ByteBuf out = Unpooled.buffer(4096);
    long target = mac();
    long source = mac();
    EthernetView.emit(out, 0, target, source, type);
    EthernetView view = new EthernetView();
    assertThat(view.wrap(out, 0, 60)).isNull();
    assertThat(view.target()).isEqualTo(target);
    assertThat(view.source()).isEqualTo(source);
    assertThat(view.type()).isEqualTo(type);
    return out;
  }

  private void fill(ByteBuf out, int at, int length) {
    for (int i = 0; i < length; i++) {
      out.setByte(at + i, random.nextInt());
    }
  }

  /** Writes an IP header at 14 for a payload at the answered index. */
  private int ip(ByteBuf out, boolean v6, int protocol, int length, IpAddress from, IpAddress to) {
    if (v6) {
      int trafficClass = random.nextInt(256);
      int flow = random.nextInt(1 << 20);
      int hops = random.nextInt(256);
      Ipv6View.emit(out, 14, trafficClass, flow, length, protocol, hops, from, to);
      Ipv6View view = new Ipv6View();
      assertThat(view.wrap(out, 14, 40 + length)).isNull();
      assertThat(view.trafficClass()).isEqualTo(trafficClass);
      assertThat(view.flowLabel()).isEqualTo(flow);
      assertThat(view.hopLimit()).isEqualTo(hops);
      assertThat(view.source()).isEqualTo(from);
      assertThat(view.target()).isEqualTo(to);
      return 54;
    }
    int options = random.nextInt(11) * 4;
    for (int i = 0; i < options; i++) {
      out.setByte(34 + i, 1);
    }
    int id = random.nextInt(65_536);
    int tos = random.nextInt(256);
    int ttl = 1 + random.nextInt(255);
    int flags = random.nextBoolean() ? Ipv4View.DONT_FRAGMENT : 0;
    int header = 20 + options;
    Ipv4View.emit(out, 14, header, header + length, tos, id, flags, ttl, protocol, from, to);
    Ipv4View view = new Ipv4View();
    assertThat(view.wrap(out, 14, header + length)).isNull();
    assertThat(view.identification()).isEqualTo(id);
    assertThat(view.trafficClass()).isEqualTo(tos);
    assertThat(view.ttl()).isEqualTo(ttl);
    assertThat(view.dontFragment()).isEqualTo(flags != 0);
    assertThat(view.source()).isEqualTo(from);
    assertThat(view.target()).isEqualTo(to);
    view.decrementTtl();
    assertThat(view.wrap(out, 14, header + length)).as("after the TTL was lowered").isNull();
    assertThat(view.ttl()).isEqualTo(ttl - 1);
    return 14 + header;
  }

  private ByteBuf ipFrame(boolean v6) {
    return ethernet(v6 ? EthernetView.TYPE_IPV6 : EthernetView.TYPE_IPV4);
  }

  @ParameterizedTest(name = "tcp v6={0}")
  @ValueSource(booleans = {false, true})
  void tcp(boolean v6, TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      IpAddress from = address(v6);
      IpAddress to = address(v6);
      boolean options = random.nextBoolean();
      int header = options ? 28 : 20;
      int payload = random.nextInt(1400);
      ByteBuf out = ipFrame(v6);
      int at = ip(out, v6, IpProtocol.TCP, header + payload, from, to);
      fill(out, at + header, payload);
      int mss = random.nextInt(65_536);
      if (options) {
        out.setInt(at + 20, 0x0204_0000 | mss);
        out.setInt(at + 24, 0x0103_0300 | 7);
      }
      int flags = random.nextInt(64);
      int sequence = random.nextInt();
      int acknowledgement = random.nextInt();
      int window = random.nextInt(65_536);
      int sport = random.nextInt(65_536);
      int dport = random.nextInt(65_536);
      long pseudo = Checksum.pseudoHeader(from, to, IpProtocol.TCP, header + payload);
      TcpView.emit(
          out,
          at,
          header,
          header + payload,
          sport,
          dport,
          sequence,
          acknowledgement,
          flags,
          window,
          pseudo);
      TcpView view = new TcpView();
      assertThat(view.wrap(out, at, header + payload)).isNull();
      assertThat(view.checksumRight(pseudo)).isTrue();
      assertThat(view.sourcePort()).isEqualTo(sport);
      assertThat(view.targetPort()).isEqualTo(dport);
      assertThat(view.sequence()).isEqualTo(sequence);
      assertThat(view.acknowledgement()).isEqualTo(acknowledgement);
      assertThat(view.flags()).isEqualTo(flags);
      assertThat(view.window()).isEqualTo(window);
      assertThat(view.mss()).isEqualTo(options ? mss : -1);
      assertThat(view.windowScale()).isEqualTo(options ? 7 : -1);
      assertThat(view.payloadLength()).isEqualTo(payload);
      opinion.compare(bytes(out, at + header + payload));
    }
    assertThat(opinion.tcp).isEqualTo(ROUNDS);
  }

  @ParameterizedTest(name = "udp v6={0}")
  @ValueSource(booleans = {false, true})
  void udp(boolean v6, TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      IpAddress from = address(v6);
      IpAddress to = address(v6);
      int length = 8 + random.nextInt(1400);
      ByteBuf out = ipFrame(v6);
      int at = ip(out, v6, IpProtocol.UDP, length, from, to);
      fill(out, at + 8, length - 8);
      int sport = random.nextInt(65_536);
      int dport = 1 + random.nextInt(1000);
      long pseudo = Checksum.pseudoHeader(from, to, IpProtocol.UDP, length);
      UdpView.emit(out, at, sport, dport, length, pseudo);
      UdpView view = new UdpView();
      assertThat(view.wrap(out, at, length)).isNull();
      assertThat(view.checksumRight(pseudo, v6)).isTrue();
      assertThat(view.checksumRight(pseudo + 1, v6)).isFalse();
      assertThat(view.sourcePort()).isEqualTo(sport);
      assertThat(view.targetPort()).isEqualTo(dport);
      assertThat(view.payloadLength()).isEqualTo(length - 8);
      opinion.compare(bytes(out, at + length));
    }
    assertThat(opinion.udp).isEqualTo(ROUNDS);
  }

  @Test
  void icmp(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      int length = 8 + random.nextInt(1400);
      ByteBuf out = ipFrame(false);
      int at = ip(out, false, IpProtocol.ICMP, length, address(false), address(false));
      fill(out, at + 8, length - 8);
      int rest = random.nextInt();
      IcmpView.emit(out, at, IcmpView.ECHO, 0, rest, length);
      IcmpView view = new IcmpView();
      assertThat(view.wrap(out, at, length)).isNull();
      assertThat(view.identifier() << 16 | view.sequence()).isEqualTo(rest);
      assertThat(view.nextHopMtu()).isEqualTo(view.sequence());
      assertThat(view.pointer()).isEqualTo(rest >>> 24);
      opinion.compare(bytes(out, at + length));
    }
    assertThat(opinion.icmp).isEqualTo(ROUNDS);
  }

  @Test
  void icmpv6(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      IpAddress from = address(true);
      IpAddress to = address(true);
      int length = 8 + random.nextInt(1200);
      ByteBuf out = ipFrame(true);
      int at = ip(out, true, IpProtocol.ICMPV6, length, from, to);
      fill(out, at + 8, length - 8);
      long pseudo = Checksum.pseudoHeader(from, to, IpProtocol.ICMPV6, length);
      int rest = random.nextInt();
      Icmpv6View.emit(out, at, Icmpv6View.ECHO_REPLY, 0, rest, length, pseudo);
      Icmpv6View view = new Icmpv6View();
      assertThat(view.wrap(out, at, length, pseudo)).isNull();
      assertThat(view.wrap(out, at, length, pseudo + 1)).isEqualTo(Malformed.BAD_CHECKSUM);
      assertThat(view.identifier() << 16 | view.sequence()).isEqualTo(rest);
      assertThat((int) view.mtu()).isEqualTo(rest);
      assertThat(view.neighbourLinkAddress(1)).as("an echo has no options").isEqualTo(-1);
      opinion.compare(bytes(out, at + length));
    }
    assertThat(opinion.icmpv6).isEqualTo(ROUNDS);
  }

  @Test
  void neighbourMessages(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      boolean solicitation = random.nextBoolean();
      IpAddress from = address(true);
      IpAddress target = address(true);
      IpAddress to = solicitation ? target.solicitedNode() : address(true);
      int length = Icmpv6View.NEIGHBOUR_MESSAGE;
      ByteBuf out = ipFrame(true);
      int at = ip(out, true, IpProtocol.ICMPV6, length, from, to);
      long pseudo = Checksum.pseudoHeader(from, to, IpProtocol.ICMPV6, length);
      long mac = mac();
      int type =
          solicitation ? Icmpv6View.NEIGHBOUR_SOLICITATION : Icmpv6View.NEIGHBOUR_ADVERTISEMENT;
      int option = solicitation ? 1 : 2;
      int flags = solicitation ? 0 : Icmpv6View.FLAG_SOLICITED | Icmpv6View.FLAG_OVERRIDE;
      Icmpv6View.emitNeighbour(out, at, type, flags, target, option, mac, pseudo);
      Icmpv6View view = new Icmpv6View();
      assertThat(view.wrap(out, at, length, pseudo)).isNull();
      assertThat(view.neighbourTarget()).isEqualTo(target);
      assertThat(view.neighbourFlags()).isEqualTo(flags);
      assertThat(view.neighbourLinkAddress(option)).isEqualTo(mac);
      assertThat(view.neighbourLinkAddress(3 - option)).isEqualTo(-1);
      byte[] frame = bytes(out, at + length);
      opinion.compare(frame);
      EthernetPacket theirs = EthernetPacket.newPacket(frame, 0, frame.length);
      if (solicitation) {
        IcmpV6NeighborSolicitationPacket packet =
            theirs.get(IcmpV6NeighborSolicitationPacket.class);
        SecondOpinion.same(target, packet.getHeader().getTargetAddress());
        assertThat(packet.getHeader().getOptions().getFirst().toString())
            .contains(new MacAddress(mac).toString().replace(":", " "));
      } else {
        IcmpV6NeighborAdvertisementPacket packet =
            theirs.get(IcmpV6NeighborAdvertisementPacket.class);
        SecondOpinion.same(target, packet.getHeader().getTargetAddress());
        assertThat(packet.getHeader().getRouterFlag()).isFalse();
        assertThat(packet.getHeader().getSolicitedFlag()).isTrue();
        assertThat(packet.getHeader().getOverrideFlag()).isTrue();
      }
    }
    assertThat(opinion.icmpv6).isEqualTo(ROUNDS);
  }

  @Test
  void arp(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      ByteBuf out = ethernet(EthernetView.TYPE_ARP);
      int operation = 1 + random.nextInt(2);
      long senderMac = mac();
      long targetMac = mac();
      IpAddress sender = address(false);
      IpAddress target = address(false);
      ArpView.emit(out, 14, operation, senderMac, sender, targetMac, target);
      ArpView view = new ArpView();
      assertThat(view.wrap(out, 14, 28)).isNull();
      assertThat(view.operation()).isEqualTo(operation);
      assertThat(view.senderMac()).isEqualTo(senderMac);
      assertThat(view.senderIp()).isEqualTo(sender);
      assertThat(view.targetMac()).isEqualTo(targetMac);
      assertThat(view.targetIp()).isEqualTo(target);
      opinion.compare(bytes(out, 42));
    }
    assertThat(opinion.arp).isEqualTo(ROUNDS);
  }

  @Test
  void ipv6Fragments(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      int payload = 8 * (1 + random.nextInt(100));
      int offset = random.nextInt(1000) * 8;
      boolean more = random.nextBoolean();
      int id = random.nextInt();
      ByteBuf out = ipFrame(true);
      Ipv6View.emitFragment(out, 54, IpProtocol.UDP, offset, more, id);
      fill(out, 62, payload);
      ip(out, true, IpProtocol.FRAGMENT, 8 + payload, address(true), address(true));
      Ipv6View view = new Ipv6View();
      assertThat(view.wrap(out, 14, 48 + payload)).isNull();
      assertThat(view.fragmentHeader()).isEqualTo(54);
      assertThat(view.fragmentOffset()).isEqualTo(offset);
      assertThat(view.moreFragments()).isEqualTo(more);
      assertThat(view.identification()).isEqualTo(id);
      assertThat(view.isFragment()).isEqualTo(offset != 0 || more);
      assertThat(view.payload()).isEqualTo(62);
      opinion.compare(bytes(out, 62 + payload));
    }
    assertThat(opinion.v6Fragments).isEqualTo(ROUNDS);
  }

  @Test
  void oneVlanTag(TestInfo info) throws Exception {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      ByteBuf plain = ipFrame(false);
      int end = ip(plain, false, IpProtocol.ESP, 64, address(false), address(false)) + 64;
      ByteBuf tagged = Unpooled.buffer();
      int vlan = random.nextInt(4096);
      tagged.writeBytes(plain, 0, 12);
      tagged.writeShort(EthernetView.TYPE_VLAN).writeShort(random.nextInt(16) << 12 | vlan);
      tagged.writeBytes(plain, 12, end - 12);
      EthernetView view = new EthernetView();
      assertThat(view.wrap(tagged, 0, end + 4)).isNull();
      assertThat(view.vlan()).isEqualTo(vlan);
      assertThat(view.payload()).isEqualTo(18);
      opinion.compare(bytes(tagged, end + 4));
    }
    assertThat(opinion.vlans).isEqualTo(ROUNDS);
  }

  @Test
  void espAndAh(TestInfo info) {
    seed(info);
    for (int round = 0; round < ROUNDS; round++) {
      int spi = random.nextInt();
      int sequence = random.nextInt();
      ByteBuf out = Unpooled.buffer(300).writeZero(300);
      EspView.emit(out, 3, spi, sequence);
      EspView esp = new EspView();
      assertThat(esp.wrap(out, 3, 100)).isNull();
      assertThat(esp.spi()).isEqualTo(spi);
      assertThat(esp.sequence()).isEqualTo(sequence);
      int header = 12 + 4 * random.nextInt(10);
      AhView.emit(out, 3, IpProtocol.TCP, header, spi, sequence);
      AhView ah = new AhView();
      assertThat(ah.wrap(out, 3, header + 20)).isNull();
      assertThat(ah.nextHeader()).isEqualTo(IpProtocol.TCP);
      assertThat(ah.headerLength()).isEqualTo(header);
      assertThat(ah.spi()).isEqualTo(spi);
      assertThat(ah.sequence()).isEqualTo(sequence);
      assertThat(ah.payloadLength()).isEqualTo(20);
    }
  }
}
