package org.larval.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.larval.wire.GoldenCapture;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

class FlowKeyTest {
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final FlowKey key = new FlowKey();

  /** Decodes bytes from an index on, with some label and mark. */
  private boolean decode(byte[] bytes, int from) {
    Packet packet = pool.wrap(0, Unpooled.wrappedBuffer(bytes));
    packet.pull(from);
    packet.label = 7;
    packet.mark = 9;
    try {
      return key.decode(packet);
    } finally {
      packet.release();
    }
  }

  private boolean golden(String capture, int frame) {
    return decode(GoldenCapture.frames(capture).get(frame - 1), 14);
  }

  /** Frame numbers and values as tshark prints them. */
  @Test
  void goldenFrames() {
    assertThat(golden("cipso-pass-tag1", 1)).isTrue();
    assertThat(key).hasToString("src 10.9.0.1 dst 10.9.0.2 proto icmp type 8 code 0");
    assertThat(key.label).isEqualTo(7);
    assertThat(key.mark).isEqualTo(9);
    assertThat(golden("cipso-pass-tag1", 3)).isTrue();
    assertThat(key).hasToString("src 10.9.0.1 dst 10.9.0.2 proto udp sport 35100 dport 7777");
    assertThat(golden("calipso-pass", 5)).isTrue();
    assertThat(key).hasToString("src fd09::1 dst fd09::2 proto tcp sport 53796 dport 7777");
    assertThat(golden("calipso-pass", 2)).isTrue();
    assertThat(key).hasToString("src fd09::2 dst fd09::1 proto ipv6-icmp type 129 code 0");
    assertThat(golden("esp-transport-gcm128-v6", 1)).isTrue();
    assertThat(key).hasToString("src fd09::1 dst fd09::2 proto esp");
    assertThat(golden("ah-tunnel-sha256-v4", 1)).isTrue();
    assertThat(key).hasToString("src 10.9.0.1 dst 10.9.0.2 proto ah");
  }

  private static byte[] udp4(int flagsAndOffset, int protocol, int payload) {
    ByteBuf out = Unpooled.buffer(20 + payload).writeZero(20 + payload);
    for (int i = 0; i < payload; i++) {
      out.setByte(20 + i, 0x11 * (i + 1));
    }
    Ipv4View.emit(
        out,
        0,
        20,
        20 + payload,
        0xb8,
        1,
        flagsAndOffset,
        64,
        protocol,
        IpAddress.parse("10.0.0.1"),
        IpAddress.parse("10.0.0.2"));
    return out.array();
  }

  @Test
  void laterFragmentsHaveNoPorts() {
    assertThat(decode(udp4(Ipv4View.MORE_FRAGMENTS, IpProtocol.UDP, 8), 0)).isTrue();
    assertThat(key.sourcePort).isEqualTo(0x1122);
    assertThat(key.targetPort).isEqualTo(0x3344);
    assertThat(key.trafficClass).isEqualTo(0xb8);
    assertThat(decode(udp4(1, IpProtocol.UDP, 8), 0)).isTrue();
    assertThat(key.sourcePort).isZero();
    assertThat(key.targetPort).isZero();
    ByteBuf out = Unpooled.buffer(56).writeZero(56);
    IpAddress any = IpAddress.ANY6;
    Ipv6View.emit(out, 0, 0, 0, 16, IpProtocol.FRAGMENT, 64, any, any);
    Ipv6View.emitFragment(out, 40, IpProtocol.UDP, 8, false, 1);
    out.setInt(48, 0x1122_3344);
    assertThat(decode(out.array(), 0)).isTrue();
    assertThat(key.protocol).isEqualTo(IpProtocol.UDP);
    assertThat(key.sourcePort).isZero();
    Ipv6View.emitFragment(out, 40, IpProtocol.UDP, 0, true, 1);
    assertThat(decode(out.array(), 0)).isTrue();
    assertThat(key.sourcePort).isEqualTo(0x1122);
  }

  @Test
  void portsThatAreNotThere() {
    assertThat(decode(udp4(0, IpProtocol.TCP, 3), 0)).isTrue();
    assertThat(key.sourcePort).isZero();
    assertThat(decode(udp4(0, IpProtocol.ICMP, 1), 0)).isTrue();
    assertThat(key.sourcePort).isZero();
    assertThat(decode(udp4(0, IpProtocol.SCTP, 4), 0)).isTrue();
    assertThat(key.sourcePort).isEqualTo(0x1122);
  }

  @Test
  void greKeyStandsAfterTheChecksum() {
    byte[] bytes = udp4(0, IpProtocol.GRE, 12);
    bytes[20] = 0x20;
    assertThat(decode(bytes, 0)).isTrue();
    assertThat(key.sourcePort).isEqualTo(0x5566);
    assertThat(key.targetPort).isEqualTo(0x7788);
    bytes[20] = (byte) 0xa0;
    assertThat(decode(bytes, 0)).isTrue();
    assertThat(key.sourcePort).isEqualTo(0x99aa);
    bytes[20] = 0;
    assertThat(decode(bytes, 0)).isTrue();
    assertThat(key.sourcePort).isZero();
  }

  @Test
  void whatIsNoIpIsRefused() {
    assertThat(decode(new byte[0], 0)).isFalse();
    assertThat(decode(new byte[] {0x45}, 0)).isFalse();
    byte[] frame = GoldenCapture.frames("cipso-pass-tag1").getFirst();
    assertThat(decode(frame, 0)).isFalse();
    frame[14 + 10] ^= 1;
    assertThat(decode(frame, 14)).as("a wrong header checksum").isFalse();
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] frame = GoldenCapture.frames("calipso-pass").getFirst();
    for (int length = 0; length < frame.length - 14; length++) {
      assertThat(decode(java.util.Arrays.copyOfRange(frame, 14, 14 + length), 0)).isFalse();
    }
  }

  @Test
  void reverseAndCopy() {
    key.addresses(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"));
    key.ports(IpProtocol.TCP, 1, 2);
    key.oif = 3;
    FlowKey kept = key.copy();
    key.reverse();
    assertThat(key).hasToString("src 10.0.0.2 dst 10.0.0.1 proto tcp sport 2 dport 1");
    assertThat(kept).hasToString("src 10.0.0.1 dst 10.0.0.2 proto tcp sport 1 dport 2");
    assertThat(kept.oif).isEqualTo(3);
    assertThat(key.reverse().source()).isEqualTo(kept.source());
    key.ports(IpProtocol.ICMP, 8, 0).reverse();
    assertThat(key.sourcePort).isEqualTo(8);
  }
}
