package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Cut and broken headers: a named reason, never an exception. Buffers end where the data ends. */
class HostileInputTest {
  private final EthernetView ethernet = new EthernetView();
  private final ArpView arp = new ArpView();
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();
  private final TcpView tcp = new TcpView();
  private final UdpView udp = new UdpView();
  private final IcmpView icmp = new IcmpView();
  private final Icmpv6View icmpv6 = new Icmpv6View();
  private final EspView esp = new EspView();
  private final AhView ah = new AhView();

  private static ByteBuf hex(String text) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text.replace(" ", "")));
  }

  private static ByteBuf cut(byte[] bytes, int from, int length) {
    return Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, from + length));
  }

  @Test
  void everyTruncationOfEveryGoldenPacketIsNamed() {
    int packets = 0;
    for (byte[] frame : GoldenCapture.all().toList()) {
      for (int length = 0; length < 14; length++) {
        assertThat(ethernet.wrap(cut(frame, 0, length), 0, length)).isEqualTo(Malformed.TRUNCATED);
      }
      assertThat(ethernet.wrap(Unpooled.wrappedBuffer(frame), 0, frame.length)).isNull();
      boolean v6 = ethernet.type() == EthernetView.TYPE_IPV6;
      for (int length = 0; length < frame.length - 14; length++) {
        ByteBuf data = cut(frame, 14, length);
        Malformed malformed = v6 ? ipv6.wrap(data, 0, length) : ipv4.wrap(data, 0, length);
        assertThat(malformed).isEqualTo(Malformed.TRUNCATED);
      }
      truncateUpper(frame, v6);
      packets++;
    }
    assertThat(packets).isGreaterThan(100);
  }

  private void truncateUpper(byte[] frame, boolean v6) {
    ByteBuf whole = Unpooled.wrappedBuffer(frame);
    int length = frame.length - 14;
    assertThat(v6 ? ipv6.wrap(whole, 14, length) : ipv4.wrap(whole, 14, length)).isNull();
    int protocol = v6 ? ipv6.protocol() : ipv4.protocol();
    int at = v6 ? ipv6.payload() : ipv4.payload();
    int size = v6 ? ipv6.payloadLength() : ipv4.payloadLength();
    if (!v6 && ipv4.isFragment()) {
      return;
    }
    long pseudo = Checksum.pseudoHeader(whole, 14, v6, protocol, size);
    for (int cut = 0; cut < size; cut++) {
      ByteBuf data = cut(frame, at, cut);
      switch (protocol) {
        case IpProtocol.TCP -> {
          if (cut < (frame[at + 12] >> 4 & 15) * 4) {
            assertThat(tcp.wrap(data, 0, cut)).isEqualTo(Malformed.TRUNCATED);
          }
        }
        case IpProtocol.UDP -> assertThat(udp.wrap(data, 0, cut)).isEqualTo(Malformed.TRUNCATED);
        case IpProtocol.ICMP -> {
          Malformed malformed = icmp.wrap(data, 0, cut);
          assertThat(malformed)
              .isEqualTo(cut < 8 ? Malformed.TRUNCATED : wrongUnlessZeroTail(frame, at, cut, size));
        }
        case IpProtocol.ICMPV6 -> {
          Malformed malformed = icmpv6.wrap(data, 0, cut, pseudo);
          assertThat(malformed)
              .isEqualTo(cut < 8 ? Malformed.TRUNCATED : wrongUnlessZeroTail(frame, at, cut, size));
        }
        case IpProtocol.ESP ->
            assertThat(esp.wrap(data, 0, cut)).isEqualTo(cut < 8 ? Malformed.TRUNCATED : null);
        case IpProtocol.AH ->
            assertThat(ah.wrap(data, 0, cut)).isEqualTo(cut < 32 ? Malformed.TRUNCATED : null);
        default -> throw new AssertionError("unexpected protocol " + protocol);
      }
    }
  }

  /** A checksum cannot notice that bytes were cut off whose sum is zero. */
  private static @Nullable Malformed wrongUnlessZeroTail(byte[] frame, int at, int cut, int size) {
    ByteBuf whole = Unpooled.buffer(size + 1).writeZero(size + 1);
    for (int i = cut; i < size; i++) {
      whole.setByte(i, frame[at + i]);
    }
    return Checksum.of(whole, 0, size) == 0xffff || Checksum.of(whole, 0, size) == 0
        ? null
        : Malformed.BAD_CHECKSUM;
  }

  @Test
  void everyTruncationOfArpIsNamed() {
    ByteBuf out = Unpooled.buffer(28);
    ArpView.emit(out, 0, 1, 1, IpAddress.ofV4(1), 2, IpAddress.ofV4(2));
    for (int length = 0; length < 28; length++) {
      assertThat(arp.wrap(cut(out.array(), 0, length), 0, length)).isEqualTo(Malformed.TRUNCATED);
    }
  }

  @Test
  void brokenArp() {
    String good = "0001 0800 06 04 0001 020000000001 0a090001 000000000000 0a090002";
    assertThat(arp.wrap(hex(good), 0, 28)).isNull();
    assertThat(arp.wrap(hex(good.replace("0001 0800", "0006 0800")), 0, 28))
        .isEqualTo(Malformed.BAD_TYPE);
    assertThat(arp.wrap(hex(good.replace("0001 0800", "0001 86dd")), 0, 28))
        .isEqualTo(Malformed.BAD_TYPE);
    assertThat(arp.wrap(hex(good.replace("06 04", "08 04")), 0, 28))
        .isEqualTo(Malformed.BAD_HEADER_LENGTH);
  }

  @Test
  void brokenEthernet() {
    String macs = "020000000002 020000000001 ";
    assertThat(ethernet.wrap(hex(macs + "8100 0001"), 0, 16)).isEqualTo(Malformed.TRUNCATED);
    assertThat(ethernet.wrap(hex(macs + "8100 0001 88a8 0002"), 0, 20))
        .isEqualTo(Malformed.TRUNCATED);
    assertThat(ethernet.wrap(hex(macs + "88a8 0064 8100 0002 0800"), 0, 22)).isNull();
    assertThat(ethernet.vlan()).isEqualTo(100);
    assertThat(ethernet.payloadLength()).isZero();
    assertThat(ethernet.wrap(hex(macs + "88a8 0064 8100 0002 8100 0003 0800"), 0, 26))
        .isEqualTo(Malformed.TOO_MANY_HEADERS);
  }

  @Test
  void brokenIpv4() {
    // RFC 1071 style header from a real ping, checksum right
    String good = "4500 0054 0000 4000 4001 2695 0a090001 0a090002";
    byte[] bytes = HexFormat.of().parseHex(good.replace(" ", "") + "00".repeat(64));
    ByteBuf data = Unpooled.wrappedBuffer(bytes);
    data.setShort(10, 0);
    data.setShort(10, Checksum.of(data, 0, 20));
    assertThat(ipv4.wrap(data, 0, 84)).isNull();
    assertThat(changed(data, 0, 0x65)).isEqualTo(Malformed.BAD_VERSION);
    assertThat(changed(data, 0, 0x44)).isEqualTo(Malformed.BAD_HEADER_LENGTH);
    assertThat(changed(data, 3, 19)).isEqualTo(Malformed.BAD_TOTAL_LENGTH);
    assertThat(changed(data, 3, 85)).isEqualTo(Malformed.TRUNCATED);
    assertThat(changed(data, 8, 63)).isEqualTo(Malformed.BAD_CHECKSUM);
    data.setShort(6, 0x1fff);
    data.setShort(10, 0);
    data.setShort(10, Checksum.of(data, 0, 20));
    assertThat(ipv4.wrap(data, 0, 84)).isEqualTo(Malformed.BAD_FRAGMENT);
  }

  private @Nullable Malformed changed(ByteBuf data, int at, int value) {
    ByteBuf copy = data.copy();
    copy.setByte(at, value);
    return ipv4.wrap(copy, 0, copy.capacity());
  }

  @Test
  void brokenIpv6() {
    String addresses = "fd09".repeat(16);
    assertThat(ipv6.wrap(hex("40000000 0000 3b 40" + addresses), 0, 40))
        .isEqualTo(Malformed.BAD_VERSION);
    assertThat(ipv6.wrap(hex("60000000 0000 3b 40" + addresses), 0, 40)).isNull();
    // a hop-by-hop header that is not there, one that is too long, one in the wrong place
    assertThat(ipv6.wrap(hex("60000000 0000 00 40" + addresses), 0, 40))
        .isEqualTo(Malformed.TRUNCATED);
    assertThat(ipv6.wrap(hex("60000000 0008 00 40" + addresses + "3b01 0104 00000000"), 0, 48))
        .isEqualTo(Malformed.BAD_HEADER_LENGTH);
    assertThat(
            ipv6.wrap(
                hex("60000000 0010 3c 40" + addresses + "00000104 00000000".repeat(2)), 0, 56))
        .isEqualTo(Malformed.BAD_TYPE);
    assertThat(
            ipv6.wrap(
                hex("60000000 0090 3c 40" + addresses + "3c000104 00000000".repeat(18)), 0, 184))
        .isEqualTo(Malformed.TOO_MANY_HEADERS);
    assertThat(
            ipv6.wrap(
                hex("60000000 0010 2c 40" + addresses + "1100fff8 00000001 0000000000000000"),
                0,
                56))
        .isEqualTo(Malformed.BAD_FRAGMENT);
  }

  @Test
  void brokenTransport() {
    assertThat(udp.wrap(hex("0007 0007 0007 0000"), 0, 8)).isEqualTo(Malformed.BAD_TOTAL_LENGTH);
    String ports = "0007 0007 00000001 00000002 ";
    assertThat(tcp.wrap(hex(ports + "4002 ffff 0000 0000"), 0, 20))
        .isEqualTo(Malformed.BAD_HEADER_LENGTH);
    assertThat(tcp.wrap(hex(ports + "6002 ffff 0000 0000 02000000"), 0, 24))
        .isEqualTo(Malformed.BAD_OPTION);
    assertThat(tcp.wrap(hex(ports + "6002 ffff 0000 0000 02050000"), 0, 24))
        .isEqualTo(Malformed.BAD_OPTION);
    assertThat(tcp.wrap(hex(ports + "6002 ffff 0000 0000 01010102"), 0, 24))
        .isEqualTo(Malformed.BAD_OPTION);
    assertThat(tcp.wrap(hex(ports + "6002 ffff 0000 0000 00ffffff"), 0, 24)).isNull();
    assertThat(ah.wrap(hex("3200 0000 00000001 00000001"), 0, 12))
        .isEqualTo(Malformed.BAD_HEADER_LENGTH);
  }

  @Test
  void brokenNeighbourOptions() {
    for (String options : new String[] {"0100", "0100000000000000", "0102020000000001", "01"}) {
      String text = "87000000 00000000" + "fd09".repeat(8) + options;
      ByteBuf data = hex(text);
      data.setShort(2, Checksum.of(data, 0, data.capacity()));
      assertThat(icmpv6.wrap(data, 0, data.capacity(), 0)).isEqualTo(Malformed.BAD_OPTION);
    }
    ByteBuf cut = hex("87000000 00000000" + "fd09".repeat(7));
    cut.setShort(2, Checksum.of(cut, 0, cut.capacity()));
    assertThat(icmpv6.wrap(cut, 0, cut.capacity(), 0)).isEqualTo(Malformed.TRUNCATED);
  }

  /** Real frames with random changes: whatever a view accepts, its getters must bear. */
  @Test
  void randomChangesNeverThrow() {
    long seed = Long.getLong("larval.seed", 20261121);
    System.out.println("randomChangesNeverThrow: -Dlarval.seed=" + seed);
    Random random = new Random(seed);
    long accepted = 0;
    for (int round = 0; round < 40; round++) {
      for (byte[] golden : GoldenCapture.all().toList()) {
        byte[] frame = Arrays.copyOf(golden, random.nextInt(golden.length + 1));
        for (int change = random.nextInt(4); change > 0 && frame.length > 0; change--) {
          frame[random.nextInt(Math.min(frame.length, 100))] = (byte) random.nextInt();
        }
        ByteBuf data = Unpooled.wrappedBuffer(frame);
        for (int at : new int[] {0, 14, 34, 46, 54, 62}) {
          if (at <= frame.length) {
            accepted += everyView(data, at, frame.length - at, random);
          }
        }
      }
    }
    assertThat(accepted).isGreaterThan(10_000);
  }

  private int everyView(ByteBuf data, int at, int length, Random random) {
    int accepted = 0;
    if (ethernet.wrap(data, at, length) == null) {
      accepted++;
      inside(ethernet.payload(), ethernet.payloadLength(), at, length);
    }
    // so that a wrong checksum does not hide the rest
    if (length >= 20 && random.nextBoolean()) {
      int header = Math.min(length, (data.getByte(at) & 15) * 4);
      if (header >= 20) {
        data.setShort(at + 10, 0);
        data.setShort(at + 10, Checksum.of(data, at, header));
      }
    }
    if (ipv4.wrap(data, at, length) == null) {
      accepted++;
      inside(ipv4.payload(), ipv4.payloadLength(), at, length);
      for (int type = 0; type < 256; type++) {
        ipv4.option(type);
      }
    }
    if (ipv6.wrap(data, at, length) == null) {
      accepted++;
      inside(ipv6.payload(), ipv6.payloadLength(), at, length);
      if (ipv6.fragmentHeader() >= 0) {
        inside(ipv6.fragmentHeader(), 8, at, length);
      }
    }
    if (tcp.wrap(data, at, length) == null) {
      accepted++;
      inside(tcp.payload(), tcp.payloadLength(), at, length);
      tcp.mss();
      tcp.windowScale();
      tcp.checksumRight(0);
    }
    if (udp.wrap(data, at, length) == null) {
      accepted++;
      inside(udp.payload(), udp.payloadLength(), at, length);
      udp.checksumRight(0, true);
    }
    long sum = Checksum.sum(data, at, length);
    if (icmpv6.wrap(data, at, length, complement(sum)) == null) {
      accepted++;
      inside(icmpv6.payload(), icmpv6.payloadLength(), at, length);
      icmpv6.neighbourTarget();
      icmpv6.neighbourLinkAddress(1);
      icmpv6.neighbourLinkAddress(2);
    }
    if (ah.wrap(data, at, length) == null) {
      accepted++;
      inside(ah.payload(), ah.payloadLength(), at, length);
    }
    return accepted;
  }

  /** What must be added to a sum so that it folds to zero: makes any checksum right. */
  private static long complement(long sum) {
    return Checksum.fold(sum);
  }

  private static void inside(int from, int size, int at, int length) {
    assertThat(from).isBetween(at, at + length);
    assertThat(size).isBetween(0, at + length - from);
  }
}
