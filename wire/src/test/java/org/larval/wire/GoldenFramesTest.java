package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Frames of a real kernel, read by our views, by pcap4j, and once by tshark. */
class GoldenFramesTest {
  static final List<String> NAMES = GoldenCapture.NAMES;

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyFieldIsWhatPcap4jReads(String name) throws Exception {
    SecondOpinion opinion = new SecondOpinion();
    List<byte[]> frames = GoldenCapture.frames(name);
    assertThat(frames).isNotEmpty();
    for (byte[] frame : frames) {
      opinion.compare(frame);
    }
    assertThat(opinion.ipv4 + opinion.ipv6).isEqualTo(frames.size());
  }

  @Test
  void togetherTheCapturesCoverTheFormats() throws Exception {
    SecondOpinion opinion = new SecondOpinion();
    for (byte[] frame : GoldenCapture.all().toList()) {
      opinion.compare(frame);
    }
    assertThat(opinion.tcp).isGreaterThan(20);
    assertThat(opinion.udp).isGreaterThan(15);
    assertThat(opinion.icmp).isGreaterThan(3);
    assertThat(opinion.icmpv6).isGreaterThan(3);
  }

  /** Values that tshark 4.0 prints for frame 1 of each capture. */
  @Test
  void espIsWhatTsharkReads() {
    EspView esp = new EspView();
    byte[] v6 = GoldenCapture.frames("esp-transport-gcm128-v6").getFirst();
    assertThat(esp.wrap(Unpooled.wrappedBuffer(v6), 54, v6.length - 54)).isNull();
    assertThat(esp.spi()).isEqualTo(0x0a0b0001);
    assertThat(esp.sequence()).isEqualTo(1);
    assertThat(esp.body()).isEqualTo(62);
    assertThat(esp.bodyLength()).isEqualTo(v6.length - 62);
    byte[] udp = GoldenCapture.frames("esp-transport-gcm128-udpencap-v4").get(3);
    assertThat(esp.wrap(Unpooled.wrappedBuffer(udp), 42, udp.length - 42)).isNull();
    assertThat(esp.spi()).isEqualTo(0x0b0a0001);
    assertThat(esp.sequence()).isEqualTo(2);
  }

  @Test
  void ahIsWhatTsharkReads() {
    AhView ah = new AhView();
    byte[] tunnel = GoldenCapture.frames("ah-tunnel-sha256-v4").get(3);
    assertThat(ah.wrap(Unpooled.wrappedBuffer(tunnel), 34, tunnel.length - 34)).isNull();
    assertThat(ah.nextHeader()).isEqualTo(IpProtocol.IPV4);
    assertThat(ah.headerLength()).isEqualTo(AH_V4_LENGTH);
    assertThat(ah.spi()).isEqualTo(0x0a0b0001);
    assertThat(ah.sequence()).isEqualTo(2);
    assertThat(ah.icv()).isEqualTo(46);
    assertThat(ah.payload()).isEqualTo(34 + AH_V4_LENGTH);
    assertThat(ah.payloadLength()).isEqualTo(84);
    byte[] v6 = GoldenCapture.frames("ah-transport-sha256-v6").get(1);
    assertThat(ah.wrap(Unpooled.wrappedBuffer(v6), 54, v6.length - 54)).isNull();
    assertThat(ah.nextHeader()).isEqualTo(IpProtocol.ICMPV6);
    assertThat(ah.headerLength()).isEqualTo(32);
    assertThat(ah.spi()).isEqualTo(0x0b0a0001);
    assertThat(ah.payloadLength()).isEqualTo(64);
  }

  private static final int AH_V4_LENGTH = 32;

  @Test
  void cipsoOptionIsFound() {
    Ipv4View ip = new Ipv4View();
    byte[] frame = GoldenCapture.frames("cipso-pass-tag1").getFirst();
    ByteBuf data = Unpooled.wrappedBuffer(frame);
    assertThat(ip.wrap(data, 14, frame.length - 14)).isNull();
    int option = ip.option(134);
    byte[] bytes = new byte[12];
    data.getBytes(option, bytes);
    assertThat(bytes).isEqualTo(java.util.HexFormat.of().parseHex("860c00000010010600014440"));
    assertThat(ip.option(137)).isEqualTo(-1);
  }

  @Test
  void hopByHopHeaderIsWalkedPast() {
    Ipv6View ip = new Ipv6View();
    byte[] frame = GoldenCapture.frames("calipso-pass").getFirst();
    assertThat(ip.wrap(Unpooled.wrappedBuffer(frame), 14, frame.length - 14)).isNull();
    assertThat(ip.nextHeader()).isEqualTo(IpProtocol.HOPOPT);
    assertThat(ip.protocol()).isEqualTo(IpProtocol.ICMPV6);
    assertThat(ip.protocolField()).isEqualTo(54);
    assertThat(ip.payload()).isEqualTo(70);
  }

  @Test
  void fragmentsOfOneDatagram() {
    Ipv4View ip = new Ipv4View();
    List<byte[]> frames = GoldenCapture.frames("esp-transport-gcm128-frag-v4");
    int[] offsets = {0, 1440, 2880};
    for (int i = 0; i < 3; i++) {
      byte[] frame = frames.get(i);
      assertThat(ip.wrap(Unpooled.wrappedBuffer(frame), 14, frame.length - 14)).isNull();
      assertThat(ip.identification()).isEqualTo(0xf06c);
      assertThat(ip.fragmentOffset()).isEqualTo(offsets[i]);
      assertThat(ip.moreFragments()).isEqualTo(i < 2);
      assertThat(ip.isFragment()).isTrue();
    }
  }
}
