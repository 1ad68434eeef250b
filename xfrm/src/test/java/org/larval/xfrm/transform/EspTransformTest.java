package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.EspCipher;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

class EspTransformTest {
  private static final byte[] KEY =
      HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f10111213");
  private static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  private static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  private static final IpAddress A6 = IpAddress.parse("fd00::1");
  private static final IpAddress B6 = IpAddress.parse("fd00::2");
  private static final int SPI = 0x1234;
  private static final long MASK = 0x1122_3344_5566_7788L;

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(7));
  private final SaParameters gcm = SaParameters.gcm(KEY);

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  private State sa(Mode mode, boolean v6, SaParameters parameters) {
    return maker.state(
        State.of(v6 ? A6 : A4, v6 ? B6 : B4, SPI, IpProtocol.ESP).mode(mode), parameters);
  }

  private static @Nullable DropReason protect(State sa, Packet packet) {
    return java.util.Objects.requireNonNull(sa.transform()).protect(0, sa, packet);
  }

  private static @Nullable DropReason open(State sa, Packet packet) {
    return Arrival.openUnasked(sa, packet);
  }

  private static EspTransform esp(State sa) {
    return (EspTransform) java.util.Objects.requireNonNull(sa.transform());
  }

  private Packet ipv4(int trafficClass, int flags, int optionBytes, int payload) {
    int header = 20 + optionBytes;
    Packet packet = pool.make(0, header + payload);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writerIndex(at + header + payload);
    data.setZero(at, header + payload);
    for (int i = 0; i < optionBytes; i++) {
      data.setByte(at + 20 + i, 1);
    }
    for (int i = 0; i < payload; i++) {
      data.setByte(at + header + i, i * 7);
    }
    Ipv4View.emit(
        data,
        at,
        header,
        header + payload,
        trafficClass,
        0x4242,
        flags,
        63,
        IpProtocol.UDP,
        A4,
        B4);
    return packet;
  }

  private Packet ipv6(int trafficClass, int next, byte[] payload) {
    Packet packet = pool.make(0, 40 + payload.length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writerIndex(at + 40);
    Ipv6View.emit(data, at, trafficClass, 0xabcde, payload.length, next, 62, A6, B6);
    data.writeBytes(payload);
    return packet;
  }

  private static byte[] bytes(Packet packet) {
    return ByteBufUtil.getBytes(packet.buffer());
  }

  /** An authentic packet whose plaintext, trailer included, is whatever the test wants. */
  private Packet crafted(State sa, int sequence, byte[] plain) {
    boolean v6 = sa.target().v6();
    int body = 16 + plain.length + 16;
    Packet packet = pool.make(0, 40 + body);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int header = v6 ? 40 : 20;
    data.writerIndex(at + header);
    if (v6) {
      Ipv6View.emit(data, at, 0, 0, body, IpProtocol.ESP, 64, sa.source(), sa.target());
    } else {
      Ipv4View.emit(data, at, 20, 20 + body, 0, 1, 0, 64, IpProtocol.ESP, sa.source(), sa.target());
    }
    data.writeInt(SPI).writeInt(sequence).writeLong(sequence ^ MASK);
    int clear = plain.length;
    data.writeBytes(plain).writeZero(16);
    EspCipher cipher = CryptoBackend.jce().esp(gcm.protection(), false);
    assertThat(cipher.seal(data, at + header, clear, 0)).isTrue();
    packet.headers(at, at + header);
    return packet;
  }

  /** The values of the kernel's arithmetic for a link of 1500 bytes. */
  @ParameterizedTest
  @CsvSource({
    "TUNNEL, false, 1446",
    "TUNNEL, true, 1426",
    "TRANSPORT, false, 1466",
    "TRANSPORT, true, 1466"
  })
  void theMtuIsTheLargestThatFits(Mode mode, boolean v6, int mtu) {
    State sa = sa(mode, v6, gcm);
    assertThat(esp(sa).mtu(1500)).isEqualTo(mtu);
    for (int link : new int[] {576, 1280, 1400, 1500, 9000, 1499, 1498, 1497}) {
      int fits = esp(sa).mtu(link);
      for (int extra : new int[] {0, 1}) {
        Packet packet =
            v6
                ? ipv6(0, IpProtocol.UDP, new byte[fits + extra - 40])
                : ipv4(0, 0, 0, fits + extra - 20);
        assertThat(protect(sa, packet)).isNull();
        if (extra == 0) {
          assertThat(packet.length()).isLessThanOrEqualTo(link);
        } else {
          assertThat(packet.length()).isGreaterThan(link);
        }
        packet.release();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TRANSPORT, false, 0",
    "TRANSPORT, false, 40",
    "TUNNEL, false, 0",
    "TUNNEL, false, 24",
    "TUNNEL, true, 4"
  })
  void everyLengthComesBack(Mode mode, boolean v6, int optionBytes) {
    for (int keyBytes : new int[] {20, 28, 36}) {
      SaParameters parameters = SaParameters.gcm(Arrays.copyOf(KEY, keyBytes));
      State sender = sa(mode, v6, parameters);
      State receiver = sa(mode, v6, parameters);
      for (int length = 1; length < 300; length++) {
        Packet packet = ipv4(0, 0, optionBytes, length);
        byte[] original = bytes(packet);
        assertThat(protect(sender, packet)).isNull();
        assertThat(packet.length())
            .isBetween(original.length + 34, original.length + esp(sender).overhead());
        assertThat((packet.length() - packet.transport() + packet.buffer().readerIndex()) % 4)
            .isZero();
        assertThat(open(receiver, packet)).isNull();
        assertThat(bytes(packet)).isEqualTo(original);
        packet.release();
      }
    }
  }

  @Test
  void shorterCheckValuesWork() {
    SaParameters twelve =
        SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, Secret.copyOf(KEY), 96));
    State sender = sa(Mode.TRANSPORT, false, twelve);
    Packet packet = ipv4(0, 0, 0, 30);
    byte[] original = bytes(packet);
    assertThat(protect(sender, packet)).isNull();
    assertThat(packet.length()).isEqualTo(20 + 16 + 32 + 12);
    assertThat(open(sa(Mode.TRANSPORT, false, twelve), packet)).isNull();
    assertThat(bytes(packet)).isEqualTo(original);
    packet.release();

    SaParameters eight =
        SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, Secret.copyOf(KEY), 64));
    State shortest = sa(Mode.TRANSPORT, false, eight);
    Packet shorter = ipv4(0, 0, 0, 30);
    assertThat(protect(shortest, shorter)).isNull();
    assertThat(shorter.length()).isEqualTo(20 + 16 + 32 + 8);
    assertThat(open(sa(Mode.TRANSPORT, false, eight), shorter)).isNull();
    assertThat(bytes(shorter)).isEqualTo(original);
    shorter.release();
  }

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
          data.setShort(at + 10, org.larval.wire.Checksum.of(data, at, 20));
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

  @Test
  void whatWouldBeTooLongIsRefused() {
    State sa = sa(Mode.TUNNEL, false, gcm);
    Packet packet = ipv4(0, 0, 0, 65_500);
    assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_MODE_ERROR);
    assertThat(esp(sa).lastOut()).isZero();
    packet.release();
  }

  @Test
  void trafficFlowPaddingHidesTheLength() {
    State sender = sa(Mode.TUNNEL, false, gcm.withTfcPad(1000));
    State receiver = sa(Mode.TUNNEL, false, gcm);
    Set<Integer> lengths = new HashSet<>();
    for (int length : new int[] {1, 50, 979, 980}) {
      Packet packet = ipv4(0, 0, 0, length);
      byte[] original = bytes(packet);
      assertThat(protect(sender, packet)).isNull();
      lengths.add(packet.length());
      assertThat(packet.length() - original.length).isLessThanOrEqualTo(esp(sender).overhead());
      assertThat(open(receiver, packet)).isNull();
      assertThat(bytes(packet)).isEqualTo(original);
      packet.release();
    }
    assertThat(lengths).hasSize(1);
    assertThatThrownBy(() -> sa(Mode.TRANSPORT, false, gcm.withTfcPad(10)))
        .hasMessageContaining("expected mode tunnel");
  }

  @Test
  void sequenceNumbersEnd() {
    State sa = sa(Mode.TRANSPORT, false, gcm.withSequences(0, 0xffff_fffeL));
    Packet last = ipv4(0, 0, 0, 8);
    assertThat(protect(sa, last)).isNull();
    assertThat(last.buffer().getInt(last.transport() + 4)).isEqualTo(-1);
    last.release();
    for (int i = 0; i < 3; i++) {
      Packet packet = ipv4(0, 0, 0, 8);
      byte[] before = bytes(packet);
      assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_SEQ_ERROR);
      assertThat(bytes(packet)).isEqualTo(before);
      packet.release();
    }
  }

  @Test
  void noIvComesTwice() {
    State sa = sa(Mode.TRANSPORT, false, gcm);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Packet packet = ipv4(0, 0, 0, 8);
      assertThat(protect(sa, packet)).isNull();
      assertThat(seen.add(packet.buffer().getLong(packet.transport() + 8))).isTrue();
      packet.release();
    }
  }

  /** Authentic packets with an impossible inside: trailer, padding, next header. */
  @Test
  void whatIsInsideIsCheckedToo() {
    State transport = sa(Mode.TRANSPORT, false, gcm);
    State tunnel = sa(Mode.TUNNEL, false, gcm);
    refuse(transport, new byte[] {0}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {0, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, 3, 4, 4, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, (byte) 255, 17}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(transport, new byte[] {1, 2, 0, 59}, DropReason.XFRM_IN_STATE_PROTO_ERROR, 0);
    refuse(tunnel, new byte[] {1, 2, 0, 17}, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);
    byte[] shortInner = new byte[21];
    shortInner[0] = 0x45;
    shortInner[20] = 4;
    refuse(tunnel, shortInner, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);
    byte[] wrongVersion = new byte[42];
    wrongVersion[0] = 0x45;
    wrongVersion[41] = 41;
    refuse(tunnel, wrongVersion, DropReason.XFRM_IN_STATE_MODE_ERROR, 9);

    Packet good = crafted(transport, 9, new byte[] {7, 7, 0, 17});
    assertThat(open(transport, good)).isNull();
    assertThat(good.length()).isEqualTo(22);
    good.release();
  }

  /** As Linux, the window moves before the mode is looked at and after the trailer was. */
  private void refuse(State sa, byte[] plain, DropReason expected, long top) {
    Packet packet = crafted(sa, 9, plain);
    State fresh = sa(sa.mode(), false, gcm);
    assertThat(open(fresh, packet)).isEqualTo(expected);
    assertThat(esp(fresh).lastIn()).isEqualTo(top);
    assertThat(esp(fresh).integrityFailures()).isZero();
    packet.release();
  }

  @Test
  void encapsulationMustFit() {
    State sa = sa(Mode.TRANSPORT, false, gcm);
    Packet udp = ipv4(0, 0, 0, 60);
    assertThat(open(sa, udp)).isEqualTo(DropReason.XFRM_IN_STATE_MISMATCH);
    udp.release();
    Packet packet = crafted(sa, 1, new byte[] {7, 7, 0, 17});
    packet.headers(packet.network(), packet.transport() + 8);
    assertThat(open(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_MISMATCH);
    packet.release();
  }

  @Test
  void linkPaddingIsNotEncrypted() {
    State sender = sa(Mode.TRANSPORT, false, gcm);
    Packet packet = ipv4(0, 0, 0, 8);
    byte[] original = bytes(packet);
    packet.buffer().writeZero(18);
    assertThat(protect(sender, packet)).isNull();
    packet.buffer().writeZero(5);
    assertThat(open(sa(Mode.TRANSPORT, false, gcm), packet)).isNull();
    assertThat(bytes(packet)).isEqualTo(original);
    packet.release();
  }

  @Test
  void anErasedTransformRefusesAll() {
    Secret key = Secret.copyOf(KEY);
    SaParameters own = SaParameters.of(new Protection.Combined(AeadAlgorithm.AES_GCM, key, 128));
    State sa = sa(Mode.TRANSPORT, false, own);
    esp(sa).erase();
    assertThat(key.isDestroyed()).as("the caller's own").isFalse();
    assertThat(((Protection.Combined) esp(sa).parameters().protection()).key().isDestroyed())
        .isTrue();
    Packet packet = ipv4(0, 0, 0, 8);
    assertThat(protect(sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_INVALID);
    assertThat(open(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_INVALID);
    packet.release();
  }

  @Test
  void impossibleStatesAreRefusedInWords() {
    assertThatThrownBy(() -> SaParameters.gcm(new byte[16]))
        .hasMessageContaining("key of 16 bytes")
        .hasMessageContaining("20 (128-bit key), 28 (192-bit key), 36 (256-bit key)");
    assertThatThrownBy(() -> gcm.withReplayWindow(5000)).hasMessageContaining("0 to 4096");
    assertThatThrownBy(() -> gcm.withReplayWindow(0).with(StateFlag.ESN))
        .hasMessageContaining("without a replay window");
    assertThatThrownBy(() -> gcm.withSequences(0, 1L << 32)).hasMessageContaining("flag esn");
    assertThatThrownBy(() -> gcm.with(StateFlag.OSEQ_MAY_WRAP)).hasMessageContaining("nonce");
    assertThatThrownBy(() -> sa(Mode.RO, false, gcm))
        .hasMessageContaining("mode ro is for Mobile IPv6");
    assertThatThrownBy(() -> maker.state(State.of(A4, B4, 0, IpProtocol.ESP), gcm))
        .hasMessageContaining("spi 0 is reserved");
    assertThatThrownBy(() -> maker.state(State.of(A4, B4, 5, IpProtocol.AH), gcm))
        .hasMessageContaining("proto ah takes auth or auth-trunc");
  }
}
