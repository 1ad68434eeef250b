package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/** AH over options and extension headers; scapy is the second opinion. */
class AhTransformTest {
  private static final byte[] KEY =
      HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f10111213");
  private static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  private static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  private static final IpAddress A6 = IpAddress.parse("fd00::1");
  private static final IpAddress B6 = IpAddress.parse("fd00::2");

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(3));
  private final SaParameters sha1 =
      SaParameters.of(
          Protection.Authentication.standard(AuthAlgorithm.HMAC_SHA1, Secret.copyOf(KEY)));

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  /** One packet before and after AH. */
  @SuppressWarnings("ArrayRecordComponent") // test data, never compared
  record Vector(String name, long high, byte[] before, byte[] after) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Vector> vectors() {
    List<Vector> vectors = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(
            AhTransformTest.class.getResourceAsStream("/golden/scapy/ah-transport.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (!line.isEmpty() && line.charAt(0) != '#') {
          String[] words = line.split(" ", -1);
          HexFormat hex = HexFormat.of();
          vectors.add(
              new Vector(
                  words[0],
                  Long.parseLong(words[1]),
                  hex.parseHex(words[2]),
                  hex.parseHex(words[3])));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return vectors;
  }

  private State sa(boolean v6, Mode mode, SaParameters parameters) {
    return maker.state(
        State.of(v6 ? A6 : A4, v6 ? B6 : B4, 0x1234, IpProtocol.AH).mode(mode), parameters);
  }

  private static AhTransform ah(State sa) {
    return (AhTransform) Objects.requireNonNull(sa.transform());
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  private State stateFor(Vector vector) {
    SaParameters parameters = vector.high == 0 ? sha1 : sha1.with(StateFlag.ESN);
    long before = vector.high << 32 | 6;
    return sa(
        vector.before[0] >>> 4 == 6, Mode.TRANSPORT, parameters.withSequences(before, before));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void optionsAndExtensionsAreAuthenticatedAsScapyDoes(Vector vector) {
    State sender = stateFor(vector);
    Packet packet = packet(vector.before);
    assertThat(ah(sender).protect(0, sender, packet)).isNull();
    assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(vector.after);
    State receiver = stateFor(vector);
    assertThat(Arrival.openUnasked(receiver, packet)).isNull();
    assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(vector.before);
    packet.release();
  }

  /** Headers that lie about themselves: every value in every octet before the payload. */
  @ParameterizedTest
  @MethodSource("vectors")
  void noOctetOfAnyHeaderLeadsAstray(Vector vector) {
    State receiver = stateFor(vector);
    boolean v4 = vector.before[0] >>> 4 == 4;
    for (int at = 0; at < vector.after.length - 40; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = vector.after.clone();
        changed[at] = (byte) value;
        Packet packet = packet(changed);
        if (v4) {
          int header = Math.max(20, Math.min(60, (changed[0] & 15) * 4));
          int start = packet.buffer().readerIndex();
          packet.buffer().setShort(start + 10, 0);
          packet.buffer().setShort(start + 10, Checksum.of(packet.buffer(), start, header));
        }
        byte[] before = ByteBufUtil.getBytes(packet.buffer());
        DropReason reason = Arrival.open(receiver, packet);
        if (reason == null) {
          receiver = stateFor(vector);
        } else {
          assertThat(reason.linuxCounter()).startsWith("XfrmIn");
          assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(before);
        }
        packet.release();
      }
    }
  }

  @Test
  void aSourceRouteCountsAtItsEnd() {
    byte[] packet = vectors().getFirst().before;
    byte[] routed = new byte[packet.length + 8];
    System.arraycopy(packet, 0, routed, 0, 20);
    System.arraycopy(packet, 20, routed, 28, packet.length - 20);
    // LSRR by way of 10.0.0.2 to 10.0.0.9: what the last hop sees is authenticated.
    byte[] option = HexFormat.of().parseHex("830704" + "0a000009" + "00");
    System.arraycopy(option, 0, routed, 20, 8);
    routed[0] = 0x47;
    routed[3] += (byte) 8;
    MutableFields fields = new MutableFields();
    Packet made = packet(routed);
    int start = made.buffer().readerIndex();
    assertThat(fields.take(made.buffer(), start, 28, false, true)).isTrue();
    assertThat(HexFormat.of().formatHex(fields.header(), 16, 28))
        .isEqualTo("0a000009" + "0000000000000000");
    assertThat(fields.take(made.buffer(), start, 28, false, false)).isTrue();
    assertThat(HexFormat.of().formatHex(fields.header(), 16, 20)).isEqualTo("0a000002");
    made.buffer().setByte(start + 21, 5);
    assertThat(fields.take(made.buffer(), start, 28, false, true)).isFalse();
    made.buffer().setByte(start + 21, 9);
    assertThat(fields.take(made.buffer(), start, 28, false, true)).isFalse();
    made.release();
  }

  /** Options that cannot be read are not sent either. */
  @Test
  void brokenOptionsAreRefused() {
    Vector vector =
        vectors().stream().filter(v -> v.name.equals("v4-ra")).findFirst().orElseThrow();
    byte[] broken = vector.before.clone();
    broken[21] = 40;
    Packet packet = packet(broken);
    int start = packet.buffer().readerIndex();
    packet.buffer().setShort(start + 10, 0);
    packet.buffer().setShort(start + 10, Checksum.of(packet.buffer(), start, 24));
    State sender = stateFor(vector);
    assertThat(ah(sender).protect(0, sender, packet))
        .isEqualTo(DropReason.XFRM_OUT_STATE_PROTO_ERROR);
    packet.release();
  }

  @Test
  void theHeaderIsAlignedAsTheFlagSays() {
    for (AuthAlgorithm algorithm :
        new AuthAlgorithm[] {
          AuthAlgorithm.HMAC_SHA1,
          AuthAlgorithm.HMAC_SHA256,
          AuthAlgorithm.HMAC_SHA384,
          AuthAlgorithm.HMAC_SHA512
        }) {
      for (int icv = 8; icv <= algorithm.digestLength(); icv += 4) {
        SaParameters parameters =
            SaParameters.of(
                new Protection.Authentication(algorithm, Secret.copyOf(KEY), icv * 8, true));
        for (boolean v6 : new boolean[] {false, true}) {
          for (boolean align4 : new boolean[] {false, true}) {
            SaParameters own = align4 ? parameters.with(StateFlag.ALIGN4) : parameters;
            int alignment = align4 && !v6 ? 4 : 8;
            int header = (12 + icv + alignment - 1) / alignment * alignment;
            State tunnel = sa(v6, Mode.TUNNEL, own);
            assertThat(ah(tunnel).mtu(1500)).isEqualTo(1500 - header - (v6 ? 40 : 20));
            State transport = sa(v6, Mode.TRANSPORT, own);
            assertThat(ah(transport).mtu(1500)).isEqualTo(1500 - header);
            for (State sa : new State[] {tunnel, transport}) {
              Vector vector = vectors().get(v6 ? 7 : 0);
              Packet packet = packet(vector.before);
              assertThat(ah(sa).protect(0, sa, packet)).isNull();
              assertThat(packet.length()).isEqualTo(vector.before.length + ah(sa).overhead());
              State receiver = sa(v6, sa.mode(), own);
              assertThat(Arrival.openUnasked(receiver, packet)).isNull();
              assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(vector.before);
              packet.release();
            }
          }
        }
      }
    }
  }

  @Test
  void numbersComeOnceAndOnlyInTheWindow() {
    State sender = sa(false, Mode.TRANSPORT, sha1);
    State receiver = sa(false, Mode.TRANSPORT, sha1);
    Vector vector = vectors().getFirst();
    Packet packet = packet(vector.before);
    assertThat(ah(sender).protect(0, sender, packet)).isNull();
    Packet again = pool.copy(0, packet);
    assertThat(Arrival.openUnasked(receiver, packet)).isNull();
    assertThat(Arrival.openUnasked(receiver, again)).isEqualTo(DropReason.XFRM_IN_STATE_SEQ_ERROR);
    assertThat(ah(receiver).replayDrops()).isOne();
    packet.release();
    again.release();
    State last = sa(false, Mode.TRANSPORT, sha1.withSequences(0, 0xffff_ffffL));
    Packet late = packet(vector.before);
    assertThat(ah(last).protect(0, last, late)).isEqualTo(DropReason.XFRM_OUT_STATE_SEQ_ERROR);
    late.release();
  }

  @Test
  void anErasedTransformRefusesAll() {
    State sa = sa(false, Mode.TRANSPORT, sha1);
    ah(sa).erase();
    Packet packet = packet(vectors().getFirst().before);
    assertThat(ah(sa).protect(0, sa, packet)).isEqualTo(DropReason.XFRM_OUT_STATE_INVALID);
    assertThat(Arrival.openUnasked(sa, packet)).isEqualTo(DropReason.XFRM_IN_STATE_INVALID);
    packet.release();
  }

  @Test
  void impossibleStatesAreRefusedInWords() {
    Encap encap = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);
    assertThatThrownBy(() -> sa(false, Mode.TRANSPORT, sha1.withEncap(encap)))
        .hasMessageContaining("encap with proto ah");
    assertThatThrownBy(() -> sa(false, Mode.TUNNEL, sha1.withTfcPad(100)))
        .hasMessageContaining("tfcpad with proto ah");
    assertThatThrownBy(() -> sa(false, Mode.TRANSPORT, SaParameters.gcm(KEY)))
        .hasMessageContaining("proto ah takes auth or auth-trunc");
    assertThatThrownBy(() -> sa(false, Mode.IN_TRIGGER, sha1))
        .hasMessageContaining("mode in_trigger is for Mobile IPv6");
  }
}
