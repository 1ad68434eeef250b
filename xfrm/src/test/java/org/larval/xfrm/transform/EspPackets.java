package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.CryptoBackend;

/** ESP with AES-GCM, and the packets that its tests send through it. */
abstract class EspPackets {
  static final byte[] KEY = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f10111213");
  static final IpAddress A4 = IpAddress.parse("10.0.0.1");
  static final IpAddress B4 = IpAddress.parse("10.0.0.2");
  static final IpAddress A6 = IpAddress.parse("fd00::1");
  static final IpAddress B6 = IpAddress.parse("fd00::2");
  static final int SPI = 0x1234;

  final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(7));
  final SaParameters gcm = SaParameters.gcm(KEY);

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  State sa(Mode mode, boolean v6, SaParameters parameters) {
    return maker.state(
        State.of(v6 ? A6 : A4, v6 ? B6 : B4, SPI, IpProtocol.ESP).mode(mode), parameters);
  }

  static @Nullable DropReason protect(State sa, Packet packet) {
    return Objects.requireNonNull(sa.transform()).protect(0, sa, packet);
  }

  static @Nullable DropReason open(State sa, Packet packet) {
    return Arrival.openUnasked(sa, packet);
  }

  static EspTransform esp(State sa) {
    return (EspTransform) Objects.requireNonNull(sa.transform());
  }

  Packet ipv4(int trafficClass, int flags, int optionBytes, int payload) {
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

  Packet ipv6(int trafficClass, int next, byte[] payload) {
    Packet packet = pool.make(0, 40 + payload.length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writerIndex(at + 40);
    Ipv6View.emit(data, at, trafficClass, 0xabcde, payload.length, next, 62, A6, B6);
    data.writeBytes(payload);
    return packet;
  }

  static byte[] bytes(Packet packet) {
    return ByteBufUtil.getBytes(packet.buffer());
  }
}
