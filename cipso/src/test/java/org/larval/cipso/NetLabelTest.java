package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.labels.Sids;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** What a guest's stack asks NetLabel at its hooks. */
class NetLabelTest {
  private static final String LOOPBACK_TAG1 =
      """
      cipso add pass doi:16 tags:1
      map del default
      map add default address:0.0.0.0/0 protocol:unlbl
      map add default address:::/0 protocol:unlbl
      map add default address:10.0.0.2 protocol:cipso,16
      """;

  private static final String UDP = "12340007000a0000abcd";

  private final Sids sids = new Sids();
  private final NetLabel netLabel = new NetLabel(new SidDictionary(sids, SidDictionary.NETMSG));
  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final int client = sids.sid("user_u:user_r:client_t:s1:c1,c5,c9-s1:c0.c9");

  private void load(String rules) {
    new NetlabelRunner(netLabel).load(rules);
  }

  private static long address(String text) {
    return IpAddress.parse(text).low();
  }

  private String context() {
    return sids.context(netLabel.peerSid()).toString();
  }

  /** An IPv4 packet; options as hexadecimal, a multiple of 4 bytes. */
  private Packet ipv4(String source, String target, String options) {
    byte[] area = ByteBufUtil.decodeHexDump(options);
    byte[] payload = ByteBufUtil.decodeHexDump(UDP);
    Packet packet = pool.make(0, 60 + payload.length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.setBytes(at + 20, area);
    int header = 20 + area.length;
    Ipv4View.emit(
        data,
        at,
        header,
        header + payload.length,
        0,
        7,
        0,
        64,
        17,
        IpAddress.parse(source),
        IpAddress.parse(target));
    data.writerIndex(at + header);
    data.writeBytes(payload);
    packet.headers(at, at + header);
    return packet;
  }

  private Packet ipv6(String target, String hopByHop) {
    byte[] header = ByteBufUtil.decodeHexDump(hopByHop);
    byte[] payload = ByteBufUtil.decodeHexDump(UDP);
    Packet packet = pool.make(0, 40 + header.length + payload.length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    Ipv6View.emit(
        data,
        at,
        0,
        0,
        header.length + payload.length,
        header.length > 0 ? 0 : 17,
        64,
        IpAddress.parse("fd00::1"),
        IpAddress.parse(target));
    data.writerIndex(at + 40);
    data.writeBytes(header);
    data.writeBytes(payload);
    packet.headers(at, at + 40 + header.length);
    return packet;
  }

  /** The options of a packet that must be sound, and its payload untouched. */
  private static String options(Packet packet) {
    ByteBuf data = packet.buffer();
    Ipv4View ip = new Ipv4View();
    assertThat(ip.wrap(data, data.readerIndex(), packet.length())).isNull();
    assertThat(ip.totalLength()).isEqualTo(packet.length());
    assertThat(packet.network()).isEqualTo(data.readerIndex());
    assertThat(packet.transport()).isEqualTo(ip.payload());
    assertThat(ByteBufUtil.hexDump(data, ip.payload(), ip.payloadLength())).isEqualTo(UDP);
    return ByteBufUtil.hexDump(data, ip.options(), ip.optionsLength());
  }

  private static String hopByHop(Packet packet) {
    ByteBuf data = packet.buffer();
    Ipv6View ip = new Ipv6View();
    assertThat(ip.wrap(data, data.readerIndex(), packet.length())).isNull();
    assertThat(ip.totalLength()).isEqualTo(packet.length());
    assertThat(ip.protocol()).isEqualTo(17);
    assertThat(packet.transport()).isEqualTo(ip.payload());
    assertThat(ByteBufUtil.hexDump(data, ip.payload(), ip.payloadLength())).isEqualTo(UDP);
    int from = data.readerIndex() + 40;
    return ByteBufUtil.hexDump(data, from, ip.payload() - from);
  }

  @Test
  void afterBootNothingIsLabelledAndNobodyLooks() {
    assertThat(netLabel.enabled()).isFalse();
    assertThat(netLabel.atSocket(client, false)).isInstanceOf(Labeling.Unlabeled.class);
    Packet packet = ipv4("10.0.0.1", "10.0.0.2", "860c00000010010600014440");
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
        .isEqualTo(PeerLabel.OFF);
    packet.release();
  }

  @Test
  void withoutAnEntryThereIsNoNetworking() {
    load("map del default");
    assertThat(refusal(netLabel.atSocket(client, false))).isEqualTo(Errno.ENOENT);
    load("map add domain:client_t protocol:unlbl,4");
    assertThat(refusal(netLabel.atSocket(client, true))).isEqualTo(Errno.ENOENT);
    assertThat(netLabel.atSocket(client, false)).isInstanceOf(Labeling.Unlabeled.class);
  }

  private static Errno refusal(Labeling labeling) {
    return labeling instanceof Labeling.Refuse refuse ? refuse.errno() : Errno.OK;
  }

  private Labeling towards(int sid, String target) {
    return netLabel.towards(sid, false, 0, address(target));
  }

  @Test
  void socketsAreLabelledAtOnceWithoutSelectors() {
    load("cipso add pass doi:16 tags:1\nmap add domain:client_t protocol:cipso,16");
    assertThat(netLabel.atSocket(client, false))
        .isInstanceOfSatisfying(
            Labeling.Attach.class,
            attach -> assertThat(attach.option()).hasToString("CIPSO 860c00000010010600014440"));
    int high = sids.sid("user_u:user_r:client_t:s0:c250");
    assertThat(refusal(netLabel.atSocket(high, false))).isEqualTo(Errno.ENOSPC);
    assertThat(refusal(netLabel.atSocket(high, true))).isEqualTo(Errno.OK);
  }

  @Test
  void withSelectorsTheDestinationDecides() {
    load(LOOPBACK_TAG1);
    assertThat(netLabel.atSocket(client, false)).isInstanceOf(Labeling.ByAddress.class);
    assertThat(towards(client, "10.0.0.2")).isInstanceOf(Labeling.Attach.class);
    assertThat(towards(client, "10.0.0.3")).isInstanceOf(Labeling.Unlabeled.class);
    int high = sids.sid("user_u:user_r:client_t:s0:c0.c240");
    assertThat(refusal(towards(high, "10.0.0.2"))).isEqualTo(Errno.ENOSPC);
  }

  @Test
  void theLongestSelectorWins() {
    load(
        """
        cipso add pass doi:1 tags:1
        cipso add pass doi:2 tags:2
        map add domain:client_t address:10.0.0.0/8 protocol:cipso,1
        map add domain:client_t address:10.0.0.0/24 protocol:cipso,2
        map add domain:client_t address:10.0.0.9 protocol:unlbl
        """);
    assertThat(netLabel.towards(client, false, 0, address("10.1.0.1")).toString())
        .contains("860c00000001");
    assertThat(netLabel.towards(client, false, 0, address("10.0.0.1")).toString())
        .contains("861000000002");
    assertThat(netLabel.towards(client, false, 0, address("10.0.0.9"))).isEqualTo(Labeling.NONE);
    assertThat(netLabel.towards(client, false, 0, address("11.0.0.1")))
        .isEqualTo(Labeling.refuse(Errno.ENOENT));
  }

  /** All other options give way, as in Linux. */
  @ParameterizedTest
  @CsvSource({
    "'', 860c00000010010600014440",
    "94040000, 860c00000010010600014440",
    "860c00000010010600014440, 860c00000010010600014440",
    "862800000010012200ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,"
        + " 860c00000010010600014440",
  })
  void putsTheLabelOnPackets(String before, String after) {
    load(LOOPBACK_TAG1);
    Packet packet = ipv4("10.0.0.1", "10.0.0.2", before);
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.OK);
    assertThat(options(packet)).isEqualTo(after);
    packet.release();
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "94040000, 94040000",
    "860c00000010010600014440, ''",
    "94040000860a00000010010400010000, 94040000",
    "860b00000010010500014494040000010000, 94040000",
    "01860b0000001001050001449404000000000000, 0194040000000000",
  })
  void takesTheLabelOff(String before, String after) {
    load(LOOPBACK_TAG1);
    String padded = before + "0".repeat((8 - before.length() % 8) % 8);
    Packet packet = ipv4("10.0.0.1", "10.0.0.3", padded);
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.OK);
    assertThat(options(packet)).isEqualTo(after);
    packet.release();
  }

  @Test
  void packetsWithoutRoomInFrontGetAnotherBuffer() {
    load("calipso add pass doi:16\nmap add domain:client_t protocol:calipso,16");
    int high = sids.sid("user_u:user_r:client_t:s0:c1951");
    Packet packet = ipv6("fd00::2", "");
    ByteBuf before = packet.buffer();
    assertThat(netLabel.stamp(high, packet)).isEqualTo(Errno.OK);
    assertThat(hopByHop(packet)).hasSize(512).startsWith("111f07fc00000010");
    assertThat(packet.buffer()).isNotSameAs(before);
    assertThat(before.refCnt()).isZero();
    packet.release();
  }

  private static final String LABEL = "070c000000100101e26144400000";

  /** Placed as calipso_opt_find and calipso_genopt place it: options before and after stay. */
  @ParameterizedTest
  @CsvSource({
    "'', 1101" + LABEL,
    "1101" + LABEL + ", 1101" + LABEL,
    "11010708000000100002bfd901020000, 1101" + LABEL,
    "1100050200000100, 110205020000" + LABEL + "01020000",
    // the option after it stays where it was modulo 8, as in the kernel
    "11020708000000100002bfd9010005020000010400000000, 1103" + LABEL + "01040000000005020000",
  })
  void putsTheLabelIntoTheHopByHopHeader(String before, String after) {
    load("calipso add pass doi:16\nmap add domain:client_t protocol:calipso,16");
    Packet packet = ipv6("fd00::2", before);
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.OK);
    assertThat(hopByHop(packet)).startsWith(after);
    assertThat(netLabel.checkIpv6(packet.buffer(), packet.network())).isTrue();
    packet.release();
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "1101" + LABEL + ", ''",
    "1100050200000100, 1100050200000100",
    "110205020000" + LABEL + "01020000, 1100050200000100",
  })
  void takesTheLabelOutOfTheHopByHopHeader(String before, String after) {
    load("calipso add pass doi:16");
    Packet packet = ipv6("fd00::2", before);
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.OK);
    assertThat(hopByHop(packet)).isEqualTo(after);
    packet.release();
  }

  @Test
  void refusedPacketsStayAsTheyAre() {
    load("map del default");
    Packet packet = ipv4("10.0.0.1", "10.0.0.2", "94040000");
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.ENOENT);
    assertThat(options(packet)).isEqualTo("94040000");
    packet.release();
  }

  @Test
  void peersHaveTheLevelOnBothEndsAndTheTypeOfNetmsg() {
    load(LOOPBACK_TAG1);
    Packet packet = ipv4("10.0.0.1", "10.0.0.2", "860c00000010010600014440");
    for (int i = 0; i < 3; i++) {
      assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
          .isEqualTo(PeerLabel.CIPSO);
      assertThat(context()).isEqualTo("system_u:object_r:netlabel_peer_t:s1:c1,c5,c9");
    }
    load("cipso del doi:16\nunlbl add default address:10.0.0.0/8 label:u:r:fallback_t:s0");
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
        .isEqualTo(PeerLabel.FALLBACK);
    assertThat(context()).isEqualTo("u:r:fallback_t:s0");
    packet.release();
  }

  @Test
  void devicesWithTheirOwnTableDoNotFallBack() {
    load(
        """
        unlbl add default address:10.0.0.0/8 label:u:r:default_t:s0
        unlbl add interface:eth1 address:10.9.0.0/16 label:u:r:wide_t:s0
        unlbl add interface:eth1 address:10.9.1.0/24 label:u:r:narrow_t:s0
        """);
    assertThat(netLabel.enabled()).isTrue();
    for (List<String> row :
        List.of(
            List.of("eth0", "10.1.0.1", "u:r:default_t:s0"),
            List.of("eth1", "10.9.2.1", "u:r:wide_t:s0"),
            List.of("eth1", "10.9.1.1", "u:r:narrow_t:s0"))) {
      Packet packet = ipv4(row.get(1), "10.0.0.2", "");
      assertThat(netLabel.receive(packet.buffer(), packet.network(), row.get(0)))
          .isEqualTo(PeerLabel.FALLBACK);
      assertThat(context()).isEqualTo(row.get(2));
      packet.release();
    }
    Packet other = ipv4("10.1.0.1", "10.0.0.2", "");
    assertThat(netLabel.receive(other.buffer(), other.network(), "eth1")).isEqualTo(PeerLabel.NONE);
    assertThat(netLabel.peerSid()).isZero();
    load("unlbl accept off");
    assertThat(netLabel.receive(other.buffer(), other.network(), "eth1"))
        .isEqualTo(PeerLabel.REFUSED);
    other.release();
  }

  @Test
  void localTagsCarryWholeLabels() {
    load("cipso add local doi:9\nmap add domain:client_t protocol:cipso,9");
    Packet packet = ipv4("127.0.0.1", "127.0.0.1", "");
    assertThat(netLabel.stamp(client, packet)).isEqualTo(Errno.OK);
    assertThat(netLabel.checkIpv4(packet.buffer(), packet.network(), true)).isEqualTo(-1);
    assertThat(netLabel.checkIpv4(packet.buffer(), packet.network(), false)).isEqualTo(26);
    assertThat(netLabel.fault()).isEqualTo(CipsoFault.LOCAL_NOT_ON_LOOPBACK);
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "lo"))
        .isEqualTo(PeerLabel.CIPSO);
    assertThat(netLabel.peerSid()).isEqualTo(client);
    packet.release();
  }

  @Test
  void calipsoWithoutCompartmentsIsOneOrTheOther() {
    load("calipso add pass doi:16\nunlbl accept off");
    Packet packet = ipv6("fd00::2", "1101" + "0708000000100002bfd9" + "01020000");
    assertThat(netLabel.checkIpv6(packet.buffer(), packet.network())).isTrue();
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
        .isEqualTo(PeerLabel.CALIPSO);
    assertThat(context()).isEqualTo("system_u:object_r:netlabel_peer_t:s2");
    netLabel.linuxLevelOnlyCalipso = true;
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
        .isEqualTo(PeerLabel.REFUSED);
    load("unlbl accept on");
    assertThat(netLabel.receive(packet.buffer(), packet.network(), "eth0"))
        .isEqualTo(PeerLabel.FALLBACK);
    assertThat(context()).isEqualTo("system_u:object_r:netlabel_peer_t:s2");
    load("calipso del doi:16");
    assertThat(netLabel.checkIpv6(packet.buffer(), packet.network())).isFalse();
    packet.release();
  }

  /** The pointers of the header, as in ICMP; the generic parser's too. */
  @ParameterizedTest
  @CsvSource({
    "860a0000001001040001 0000, -1",
    "0186 0900000010 01030000 00, 28",
    "94040000 860a0000001101040001 0000, 26",
    "860a0000001001040001 860a0000001001040001, 30",
    "07 01 0000, 20",
    "94 40 0000, 20",
    "01010107, 23",
    "860a0000001001040001 07 01, 30",
    "00000000860a000000630104, -1",
  })
  void pointsIntoTheHeader(String options, int pointer) {
    load("cipso add pass doi:16 tags:1");
    String area = options.replace(" ", "");
    Packet packet = ipv4("10.0.0.1", "10.0.0.2", area + "0".repeat((8 - area.length() % 8) % 8));
    assertThat(netLabel.checkIpv4(packet.buffer(), packet.network(), false)).isEqualTo(pointer);
    packet.release();
  }

  /** As in Linux: entries of domains go with their DOI, selectors and defaults keep it. */
  @Test
  void doisThatGoTakeDomainsWithThem() {
    load(LOOPBACK_TAG1 + "map add domain:client_t protocol:cipso,16\ncipso del doi:16");
    assertThat(netLabel.map().entries()).isEmpty();
    assertThat(netLabel.towards(client, false, 0, address("10.0.0.2")))
        .isInstanceOf(Labeling.Attach.class);
    assertThat(netLabel.mapCipso("x_t", null, 16)).isEqualTo(Errno.EINVAL);
  }

  @Test
  void cacheKeepsTenInEachBucketAndForgets() {
    LabelCache cache = new LabelCache(LabelCache.DEFAULT_BUCKET_SIZE);
    ByteBuf key = Unpooled.buffer(8).writeZero(8);
    for (int i = 1; i <= 20_000; i++) {
      key.setInt(0, i);
      cache.add(key, 0, 8, i);
      assertThat(cache.find(key, 0, 8)).isEqualTo(i);
    }
    assertThat(cache.size()).isEqualTo(LabelCache.BUCKETS * 10);
    assertThat(cache.find(key, 0, 7)).isZero();
    cache.invalidate();
    assertThat(cache.find(key, 0, 8)).isZero();
  }

  @Test
  void entriesThatAreAskedForMoreMoveForward() {
    LabelCache cache = new LabelCache(2);
    ByteBuf key = Unpooled.buffer(8).writeZero(8);
    // three keys of one bucket: the second evicts nothing, the third the oldest unless it moved
    int found = 0;
    int[] same = new int[3];
    LabelCache probe = new LabelCache(1);
    key.setInt(0, 1);
    probe.add(key, 0, 8, 1);
    same[found++] = 1;
    for (int i = 2; found < 3; i++) {
      key.setInt(0, i);
      probe.add(key, 0, 8, i);
      key.setInt(0, 1);
      if (probe.find(key, 0, 8) == 0) {
        same[found++] = i;
        probe.add(key, 0, 8, 1);
      }
    }
    for (int i = 0; i < 2; i++) {
      key.setInt(0, same[i]);
      cache.add(key, 0, 8, same[i]);
    }
    key.setInt(0, same[0]);
    for (int i = 0; i < 12; i++) {
      assertThat(cache.find(key, 0, 8)).isEqualTo(same[0]);
    }
    key.setInt(0, same[2]);
    cache.add(key, 0, 8, same[2]);
    key.setInt(0, same[0]);
    assertThat(cache.find(key, 0, 8)).isEqualTo(same[0]);
    key.setInt(0, same[1]);
    assertThat(cache.find(key, 0, 8)).isZero();
  }
}
