package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.Prefix;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateBuilder;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Transform;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.CompAlgorithm;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/** Every protocol in every mode over every pair of families: what goes in comes out. */
class ModesTest {
  private static final byte[] KEY =
      HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f10111213");
  private static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  private static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  private static final IpAddress A6 = IpAddress.parse("fd00::1");
  private static final IpAddress B6 = IpAddress.parse("fd00::2");
  private static final IpAddress INNER_A4 = IpAddress.parse("192.168.1.1");
  private static final IpAddress INNER_B4 = IpAddress.parse("192.168.2.2");
  private static final IpAddress INNER_A6 = IpAddress.parse("fd01::1");
  private static final IpAddress INNER_B6 = IpAddress.parse("fd02::2");
  private static final SaParameters COMP =
      SaParameters.of(new Protection.Compression(CompAlgorithm.DEFLATE)).withReplayWindow(0);

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(7));

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  record Case(int protocol, Mode mode, boolean outerV6, boolean innerV6) {
    @Override
    public String toString() {
      return "%s %s %din%d"
          .formatted(IpProtocol.name(protocol), mode.label(), innerV6 ? 6 : 4, outerV6 ? 6 : 4);
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int protocol : new int[] {IpProtocol.ESP, IpProtocol.AH, IpProtocol.IPCOMP}) {
      for (Mode mode : new Mode[] {Mode.TRANSPORT, Mode.TUNNEL, Mode.BEET}) {
        for (boolean outer : new boolean[] {false, true}) {
          for (boolean inner : new boolean[] {false, true}) {
            boolean possible =
                mode == Mode.TRANSPORT
                    ? inner == outer
                    : mode == Mode.TUNNEL || protocol != IpProtocol.IPCOMP;
            if (possible) {
              cases.add(new Case(protocol, mode, outer, inner));
            }
          }
        }
      }
    }
    return cases;
  }

  private static SaParameters parameters(int protocol) {
    return switch (protocol) {
      case IpProtocol.ESP -> SaParameters.gcm(KEY);
      case IpProtocol.AH ->
          SaParameters.of(
              new Protection.Authentication(
                  AuthAlgorithm.HMAC_SHA256, Secret.copyOf(KEY), 128, true));
      default -> COMP;
    };
  }

  private State state(Case of, SaParameters parameters) {
    Selector selector =
        of.mode == Mode.TRANSPORT
            ? null
            : Selector.between(
                Prefix.host(of.innerV6 ? INNER_A6 : INNER_A4),
                Prefix.host(of.innerV6 ? INNER_B6 : INNER_B4));
    return maker.state(
        State.of(of.outerV6 ? A6 : A4, of.outerV6 ? B6 : B4, 0x1234, of.protocol)
            .mode(of.mode)
            .selector(selector),
        parameters);
  }

  private static Transform transform(State sa) {
    return Objects.requireNonNull(sa.transform());
  }

  private static @Nullable DropReason open(State sa, Packet packet) {
    return Arrival.open(sa, packet);
  }

  /** Text, so that compression has something to do. */
  private Packet packet(Case of, int optionBytes, int payload) {
    boolean transport = of.mode == Mode.TRANSPORT;
    int header = of.innerV6 ? 40 : 20 + optionBytes;
    Packet packet = pool.make(0, header + payload);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writerIndex(at + header + payload);
    for (int i = 0; i < optionBytes; i++) {
      data.setByte(at + 20 + i, 1);
    }
    for (int i = 0; i < payload; i++) {
      data.setByte(at + header + i, "all work and no play ".charAt(i % 21));
    }
    if (of.innerV6) {
      Ipv6View.emit(
          data,
          at,
          0xb8,
          // BEET over IPv4 has no place for it.
          of.mode == Mode.BEET && !of.outerV6 ? 0 : 0xabcde,
          payload,
          IpProtocol.UDP,
          62,
          transport ? A6 : INNER_A6,
          transport ? B6 : INNER_B6);
    } else {
      // BEET over IPv6 carries neither identification nor DF.
      boolean beetOver6 = of.mode == Mode.BEET && of.outerV6;
      Ipv4View.emit(
          data,
          at,
          header,
          header + payload,
          0xb8,
          beetOver6 ? 0 : 0x4242,
          Ipv4View.DONT_FRAGMENT,
          62,
          IpProtocol.UDP,
          transport ? A4 : INNER_A4,
          transport ? B4 : INNER_B4);
    }
    return packet;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatGoesInComesOut(Case of) {
    SaParameters parameters = parameters(of.protocol);
    State sender = state(of, parameters);
    State receiver = state(of, parameters);
    State companion = transform(receiver).companion(receiver);
    assertThat(companion != null)
        .isEqualTo(of.protocol == IpProtocol.IPCOMP && of.mode == Mode.TUNNEL);
    int compressed = 0;
    for (int options = 0; options <= (of.innerV6 ? 0 : 40); options += 4) {
      for (int payload : new int[] {1, 2, 7, 8, 89, 90, 91, 300, 1400, 9000, 60_000}) {
        Packet packet = packet(of, options, payload);
        byte[] original = ByteBufUtil.getBytes(packet.buffer());
        assertThat(transform(sender).protect(0, sender, packet)).isNull();
        assertThat(packet.length() - original.length)
            .isLessThanOrEqualTo(transform(sender).overhead());
        assertThat(packet.network()).isEqualTo(packet.buffer().readerIndex());
        IpPlace place = new IpPlace();
        assertThat(place.locate(packet.buffer())).isTrue();
        assertThat(place.v6()).isEqualTo(of.outerV6);
        assertThat(place.end()).isEqualTo(packet.buffer().writerIndex());
        assertThat(packet.transport()).isEqualTo(place.upper());
        if (place.protocol() == of.protocol) {
          compressed++;
          assertThat(open(receiver, packet)).isNull();
        } else {
          assertThat(of.protocol).isEqualTo(IpProtocol.IPCOMP);
          if (companion != null) {
            assertThat(open(companion, packet)).isNull();
          }
        }
        assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(original);
        packet.release();
      }
    }
    assertThat(compressed).isPositive();
  }

  /** Whatever is flipped or cut: refused or opened, never an exception, never a leak. */
  @ParameterizedTest
  @MethodSource("cases")
  void brokenPacketsDoNoHarm(Case of) {
    SaParameters parameters = parameters(of.protocol);
    State sender = state(of, parameters);
    Packet good = packet(of, of.innerV6 ? 0 : 8, 120);
    assertThat(transform(sender).protect(0, sender, good)).isNull();
    byte[] bytes = ByteBufUtil.getBytes(good.buffer());
    good.release();
    State receiver = state(of, parameters);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
      tryToOpen(of, receiver, flipped, bytes.length);
    }
    for (int length = 0; length < bytes.length; length++) {
      tryToOpen(of, receiver, bytes, length);
    }
  }

  private void tryToOpen(Case of, State sa, byte[] bytes, int length) {
    Packet packet = pool.make(0, bytes.length);
    ByteBuf data = packet.buffer();
    data.writeBytes(bytes, 0, length);
    int start = data.readerIndex();
    if (!of.outerV6 && length >= 20) {
      data.setShort(start + 2, length);
      int header = Math.min(length, (data.getByte(start) & 15) * 4);
      data.setShort(start + 10, 0);
      data.setShort(start + 10, Checksum.of(data, start, header));
    } else if (of.outerV6 && length >= 40) {
      data.setShort(start + 4, length - 40);
    }
    State fresh = length == bytes.length ? sa : state(of, parameters(of.protocol));
    DropReason reason = open(fresh, packet);
    if (reason == null && of.protocol != IpProtocol.IPCOMP) {
      // Only what routers may change, and what nobody authenticates in front of ESP.
      assertThat(length).isEqualTo(bytes.length);
    }
    if (reason != null) {
      assertThat(reason.linuxCounter()).startsWith("XfrmIn");
    }
    packet.release();
  }

  /** The numbers of xfrm_state_mtu for a link of 1500 bytes. */
  @ParameterizedTest
  @CsvSource({
    "esp tunnel 4in4, 1446",
    "esp tunnel 6in6, 1426",
    "esp tunnel 4in6, 1426",
    "esp transport 4in4, 1466",
    "esp transport 6in6, 1466",
    "esp beet 4in4, 1458",
    "esp beet 6in6, 1466",
    "esp beet 4in6, 1438",
    "esp beet 6in4, 1466",
    "ah transport 4in4, 1468",
    "ah tunnel 4in4, 1448",
    "ah tunnel 4in6, 1428",
    "comp transport 4in4, 1500",
    "comp tunnel 4in4, 1480",
    "comp tunnel 6in6, 1460"
  })
  void theMtuIsTheKernels(String name, int mtu) {
    Case of = cases().stream().filter(c -> c.toString().equals(name)).findFirst().orElseThrow();
    State sa = state(of, parameters(of.protocol));
    assertThat(transform(sa).mtu(1500)).isEqualTo(mtu);
  }

  @Test
  void trafficFlowPaddingStopsAtThePathsMtu() {
    Case of = new Case(IpProtocol.ESP, Mode.TUNNEL, false, false);
    State sender = state(of, SaParameters.gcm(KEY).withTfcPad(9000));
    for (int link : new int[] {1500, 1400, 576}) {
      Packet packet = packet(of, 0, 10);
      assertThat(transform(sender).protect(0, sender, packet, link)).isNull();
      assertThat(packet.length()).isBetween(link - 3, link);
      packet.release();
    }
  }

  @Test
  void beetRefusesFragmentsAndOtherFamilies() {
    Case of = new Case(IpProtocol.ESP, Mode.BEET, false, false);
    State sender = state(of, SaParameters.gcm(KEY));
    Packet fragment = packet(of, 0, 80);
    int start = fragment.buffer().readerIndex();
    fragment.buffer().setShort(start + 6, Ipv4View.MORE_FRAGMENTS);
    fragment.buffer().setShort(start + 10, 0);
    fragment.buffer().setShort(start + 10, Checksum.of(fragment.buffer(), start, 20));
    assertThat(transform(sender).protect(0, sender, fragment))
        .isEqualTo(DropReason.XFRM_OUT_STATE_MODE_ERROR);
    fragment.release();
    Packet six = packet(new Case(IpProtocol.ESP, Mode.BEET, false, true), 0, 80);
    assertThat(transform(sender).protect(0, sender, six))
        .isEqualTo(DropReason.XFRM_OUT_STATE_MODE_ERROR);
    six.release();
  }

  /** A packet of 64 kB of zeros in 80 bytes opens; anything longer is malformed. */
  @Test
  void noPacketOpensToMoreThanTheKernelsScratch() {
    PayloadCompressor compressor = new PayloadCompressor();
    for (int length : new int[] {PayloadCompressor.LIMIT, PayloadCompressor.LIMIT + 1, 500_000}) {
      java.util.zip.Deflater deflater = new java.util.zip.Deflater(9, true);
      deflater.setInput(new byte[length]);
      deflater.finish();
      byte[] bomb = new byte[4096];
      int size = deflater.deflate(bomb);
      deflater.end();
      Packet packet = pool.make(0, bomb.length);
      packet.buffer().writeBytes(bomb, 0, size);
      int made = compressor.expand(packet.buffer(), packet.buffer().readerIndex(), size);
      assertThat(made).isEqualTo(length <= PayloadCompressor.LIMIT ? length : -1);
      packet.release();
    }
  }

  @Test
  void impossibleStatesAreRefusedInWords() {
    StateBuilder comp = State.of(A4, B4, 0x12345, IpProtocol.IPCOMP);
    assertThatThrownBy(() -> maker.state(comp, COMP)).hasMessageContaining("0x100 to 0xffff");
    StateBuilder beet = State.of(A4, B4, 0x1234, IpProtocol.IPCOMP).mode(Mode.BEET);
    assertThatThrownBy(() -> maker.state(beet, COMP))
        .hasMessageContaining("expected mode transport or tunnel");
    StateBuilder plain = State.of(A4, B4, 0x1234, IpProtocol.IPCOMP);
    assertThatThrownBy(() -> maker.state(plain, COMP.withReplayWindow(32).with(StateFlag.ESN)))
        .hasMessageContaining("flag esn with proto comp");
    assertThatThrownBy(() -> maker.state(plain, SaParameters.gcm(KEY)))
        .hasMessageContaining("proto comp takes comp deflate");
    StateBuilder mixed =
        State.of(A4, B4, 0x1234, IpProtocol.ESP)
            .selector(Selector.between(Prefix.any(true), Prefix.any(true)));
    assertThatThrownBy(() -> maker.state(mixed, SaParameters.gcm(KEY)))
        .hasMessageContaining("selector of the other family");
  }
}
