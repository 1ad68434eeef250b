package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;

/**
 * The headers around ESP: what a tunnel's outer one shows, what the inner one learns, and where ESP
 * goes.
 */
class EspHeadersTest extends EspPackets {
  /** RFC 3168 and xfrm4_tunnel_encap_add: (inner, flags) to outer. */
  @ParameterizedTest
  @CsvSource({
    "0x00, , 0x00",
    "0xb8, , 0xb8",
    "0xb9, , 0xb9",
    "0xba, , 0xba",
    "0xbb, , 0xba",
    "0xbb, NOECN, 0xb8",
    "0xb9, NOECN, 0xb8",
    "0xbb, DONT_ENCAP_DSCP, 0x02",
    "0xb9, DONT_ENCAP_DSCP, 0x01"
  })
  void theOuterHeaderShowsDscpAndEcn(Integer inner, @Nullable StateFlag flag, Integer outer) {
    SaParameters parameters = flag == null ? gcm : gcm.with(flag);
    for (boolean v6 : new boolean[] {false, true}) {
      State sa = sa(Mode.TUNNEL, v6, parameters);
      for (Packet packet :
          new Packet[] {ipv4(inner, 0, 0, 9), ipv6(inner, IpProtocol.UDP, new byte[9])}) {
        assertThat(protect(sa, packet)).isNull();
        int at = packet.buffer().readerIndex();
        int shown =
            v6
                ? packet.buffer().getUnsignedShort(at) >>> 4 & 0xff
                : packet.buffer().getUnsignedByte(at + 1);
        assertThat(shown).isEqualTo(outer);
        packet.release();
      }
    }
  }

  /** What the inner packet learns: (inner, outer, flags) to inner. */
  @ParameterizedTest
  @CsvSource({
    "0x00, 0x03, , 0x00",
    "0x01, 0x03, , 0x03",
    "0x02, 0x03, , 0x03",
    "0x02, 0x02, , 0x02",
    "0x01, 0x03, NOECN, 0x01",
    "0x02, 0xbb, , 0x03",
    "0x02, 0xbb, DECAP_DSCP, 0xbb",
    "0x00, 0xbb, DECAP_DSCP, 0xb8",
    "0xb8, 0x00, DECAP_DSCP, 0x00"
  })
  void theInnerPacketLearnsOfCongestion(
      Integer inner, Integer outer, @Nullable StateFlag flag, Integer learnt) {
    SaParameters parameters = flag == null ? gcm : gcm.with(flag);
    for (boolean v6 : new boolean[] {false, true}) {
      State sender = sa(Mode.TUNNEL, v6, gcm);
      State receiver = sa(Mode.TUNNEL, v6, parameters);
      for (boolean inner6 : new boolean[] {false, true}) {
        Packet packet = inner6 ? ipv6(inner, IpProtocol.UDP, new byte[9]) : ipv4(inner, 0, 0, 9);
        assertThat(protect(sender, packet)).isNull();
        ByteBuf data = packet.buffer();
        int at = data.readerIndex();
        if (v6) {
          data.setShort(at, 0x6000 | outer << 4);
        } else {
          data.setByte(at + 1, outer);
          data.setShort(at + 10, 0);
          data.setShort(at + 10, Checksum.of(data, at, 20));
        }
        assertThat(open(receiver, packet)).isNull();
        byte[] opened = bytes(packet);
        Packet expected =
            inner6 ? ipv6(learnt, IpProtocol.UDP, new byte[9]) : ipv4(learnt, 0, 0, 9);
        assertThat(opened).isEqualTo(bytes(expected));
        expected.release();
        packet.release();
      }
    }
  }

  @Test
  void theOuterHeaderDecidesOnFragmentsAndHops() {
    Ipv4View outer = new Ipv4View();
    State tunnel = sa(Mode.TUNNEL, false, gcm);
    State noDiscovery = sa(Mode.TUNNEL, false, gcm.with(StateFlag.NOPMTUDISC));
    Set<Integer> identifications = new HashSet<>();
    record Case(State sa, Packet packet, boolean dontFragment) {}
    for (Case one :
        new Case[] {
          new Case(tunnel, ipv4(0, 0, 0, 10), false),
          new Case(tunnel, ipv4(0, Ipv4View.DONT_FRAGMENT, 0, 10), true),
          new Case(noDiscovery, ipv4(0, Ipv4View.DONT_FRAGMENT, 0, 10), false),
          new Case(tunnel, ipv6(0, IpProtocol.UDP, new byte[1240]), false),
          new Case(tunnel, ipv6(0, IpProtocol.UDP, new byte[1241]), true),
          new Case(noDiscovery, ipv6(0, IpProtocol.UDP, new byte[1241]), false)
        }) {
      assertThat(protect(one.sa, one.packet)).isNull();
      ByteBuf data = one.packet.buffer();
      assertThat(outer.wrap(data, data.readerIndex(), data.readableBytes())).isNull();
      assertThat(outer.dontFragment()).isEqualTo(one.dontFragment);
      assertThat(outer.ttl()).isEqualTo(64);
      assertThat(outer.source()).isEqualTo(A4);
      assertThat(outer.target()).isEqualTo(B4);
      assertThat(identifications.add(outer.identification())).isTrue();
      one.packet.release();
    }
  }

  @Test
  void theFlowLabelIsCopied() {
    State tunnel = sa(Mode.TUNNEL, true, gcm);
    Ipv6View outer = new Ipv6View();
    Packet six = ipv6(0, IpProtocol.UDP, new byte[8]);
    Packet four = ipv4(0, 0, 0, 8);
    assertThat(protect(tunnel, six)).isNull();
    assertThat(protect(tunnel, four)).isNull();
    assertThat(outer.wrap(six.buffer(), six.buffer().readerIndex(), six.length())).isNull();
    assertThat(outer.flowLabel()).isEqualTo(0xabcde);
    assertThat(outer.hopLimit()).isEqualTo(64);
    assertThat(outer.wrap(four.buffer(), four.buffer().readerIndex(), four.length())).isNull();
    assertThat(outer.flowLabel()).isZero();
    six.release();
    four.release();
  }

  /** Where ESP goes between extension headers, as ip6_find_1stfragopt says. */
  @ParameterizedTest
  @CsvSource({
    "'', 17, 0",
    "0, 17, 8",
    "0 43, 17, 16",
    "60, 17, 8",
    "60 43, 17, 16",
    "60 43, 60, 16",
    "0 60 43, 60, 24",
    "43, 60, 8",
    "0, 44, 8"
  })
  void extensionHeadersStayWhereTheyMust(String before, int first, int skipped) {
    int[] clear =
        before.isEmpty()
            ? new int[0]
            : Arrays.stream(before.split(" ")).mapToInt(Integer::parseInt).toArray();
    byte[] payload = new byte[clear.length * 8 + (first == IpProtocol.UDP ? 0 : 8) + 20];
    for (int i = 0; i < clear.length; i++) {
      payload[i * 8] = (byte) (i + 1 < clear.length ? clear[i + 1] : first);
    }
    if (first != IpProtocol.UDP) {
      payload[clear.length * 8] = IpProtocol.UDP;
    }
    int next = clear.length > 0 ? clear[0] : first;
    Packet packet = ipv6(0, next, payload);
    byte[] original = bytes(packet);
    State sender = sa(Mode.TRANSPORT, true, gcm);
    assertThat(protect(sender, packet)).isNull();
    Ipv6View view = new Ipv6View();
    assertThat(view.wrap(packet.buffer(), packet.buffer().readerIndex(), packet.length())).isNull();
    assertThat(view.protocol()).isEqualTo(IpProtocol.ESP);
    assertThat(view.payload() - view.start()).isEqualTo(40 + skipped);
    assertThat(packet.transport()).isEqualTo(view.payload());
    assertThat(open(sa(Mode.TRANSPORT, true, gcm), packet)).isNull();
    assertThat(bytes(packet)).isEqualTo(original);
    packet.release();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTunnelCarriesWhatItsSelectorAllows(boolean selectorV6) {
    State either = sa(Mode.TUNNEL, false, gcm);
    Selector all = Selector.between(Prefix.any(selectorV6), Prefix.any(selectorV6));
    State one =
        maker.state(State.of(A4, B4, SPI, IpProtocol.ESP).mode(Mode.TUNNEL).selector(all), gcm);
    for (boolean v6 : new boolean[] {false, true}) {
      Packet packet = v6 ? ipv6(0, IpProtocol.UDP, new byte[8]) : ipv4(0, 0, 0, 8);
      Packet refused = pool.copy(0, packet);
      DropReason out = v6 == selectorV6 ? null : DropReason.XFRM_OUT_STATE_MODE_ERROR;
      assertThat(protect(one, refused)).isEqualTo(out);
      refused.release();
      assertThat(protect(either, packet)).isNull();
      Packet copy = pool.copy(0, packet);
      assertThat(open(sa(Mode.TUNNEL, false, gcm), packet)).isNull();
      State receiver =
          maker.state(State.of(A4, B4, SPI, IpProtocol.ESP).mode(Mode.TUNNEL).selector(all), gcm);
      DropReason in = v6 == selectorV6 ? null : DropReason.XFRM_IN_STATE_MODE_ERROR;
      assertThat(open(receiver, copy)).isEqualTo(in);
      copy.release();
      packet.release();
    }
  }

  @Test
  void aFragmentOrAnotherFamilyDoesNotGoInTransportMode() {
    State sa = sa(Mode.TRANSPORT, false, gcm);
    for (Packet packet :
        new Packet[] {
          ipv4(0, Ipv4View.MORE_FRAGMENTS, 0, 8), ipv6(0, IpProtocol.UDP, new byte[8])
        }) {
      byte[] before = bytes(packet);
      assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_MODE_ERROR);
      assertThat(bytes(packet)).isEqualTo(before);
      packet.release();
    }
    assertThat(esp(sa).lastOut()).isZero();
  }
}
