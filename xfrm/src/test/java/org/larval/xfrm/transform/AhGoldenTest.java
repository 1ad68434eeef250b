package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;

/** AH against captures of a Linux kernel, with the kernel's own configuration lines. */
class AhGoldenTest {
  static final List<String> CAPTURES =
      List.of(
          "ah-transport-sha1-v4",
          "ah-transport-sha256-v4",
          "ah-transport-sha256-v6",
          "ah-tunnel-sha256-v4");
  private static final int[] SPIS = {0x0a0b0001, 0x0b0a0001};

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  private static IpXfrmCommand.StateAdd command(GoldenCapture capture, int spi) {
    IpXfrm grammar = new IpXfrm(context -> 0);
    for (String line : capture.commands()) {
      if (grammar.parse(line) instanceof IpXfrmCommand.StateAdd add && add.spi() == spi) {
        return add;
      }
    }
    throw new AssertionError("no SA for SPI " + Integer.toHexString(spi));
  }

  private static State sa(IpXfrmCommand.StateAdd add, int identification) {
    Protection.Authentication auth = (Protection.Authentication) add.parameters().protection();
    String algorithm = auth.algorithm() == AuthAlgorithm.HMAC_SHA1 ? "HmacSHA1" : "HmacSHA256";
    Wrapping wrapping =
        Wrapping.of(
            add.mode(), add.target().v6(), add.selector(), add.parameters(), identification);
    PlainHmac icv = new PlainHmac(algorithm, auth.key().getEncoded(), auth.icvBits() / 8);
    return add.identity()
        .transform(new AhTransform(add.parameters().withOwnKeys(), wrapping, auth, icv))
        .build();
  }

  private static AhTransform ah(State sa) {
    return (AhTransform) Objects.requireNonNull(sa.transform());
  }

  private static int ahAt(byte[] packet) {
    return packet[0] >>> 4 == 4 ? (packet[0] & 15) * 4 : 40;
  }

  private static List<byte[]> direction(GoldenCapture capture, int spi) {
    return capture.packets().stream()
        .filter(packet -> packet[packet[0] >>> 4 == 4 ? 9 : 6] == IpProtocol.AH)
        .filter(packet -> ByteBuffer.wrap(packet).getInt(ahAt(packet) + 4) == spi)
        .toList();
  }

  private Packet packet(byte[] bytes) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    return packet;
  }

  private byte[] open(State sa, byte[] captured) {
    Packet packet = packet(captured);
    try {
      assertThat(Arrival.open(sa, packet)).isNull();
      assertThat(packet.network()).isEqualTo(packet.buffer().readerIndex());
      return ByteBufUtil.getBytes(packet.buffer());
    } finally {
      packet.release();
    }
  }

  /** The same packet in, the same bytes out: headers, filling and check value. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void sealsToTheKernelsBytes(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    for (int spi : SPIS) {
      IpXfrmCommand.StateAdd add = command(capture, spi);
      State receiver = sa(add, 0);
      State sender = sa(add, 0);
      List<byte[]> sent = direction(capture, spi);
      assertThat(sent).hasSizeGreaterThan(4);
      for (byte[] captured : sent) {
        Packet packet = packet(open(receiver, captured));
        assertThat(ah(sender).protect(0, sender, packet)).isNull();
        byte[] made = ByteBufUtil.getBytes(packet.buffer());
        if (add.mode() == Mode.TUNNEL) {
          assertThat(icv(made, 12)).isNotEqualTo(icv(captured, 12));
          made =
              rebuilt(add, ByteBuffer.wrap(captured).getShort(4), ah(sender).lastOut(), captured);
        }
        assertThat(made).isEqualTo(captured);
        assertThat(packet.transport() - packet.network()).isEqualTo(ahAt(captured));
        packet.release();
      }
      assertThat(ah(receiver).integrityFailures()).isZero();
      assertThat(ah(receiver).lastIn()).isEqualTo(sent.size());
    }
  }

  private static byte[] icv(byte[] packet, int length) {
    return Arrays.copyOfRange(packet, ahAt(packet) + 12, ahAt(packet) + 12 + length);
  }

  /** In a tunnel the identification is the kernel's own, and authenticated. */
  private byte[] rebuilt(
      IpXfrmCommand.StateAdd add, int identification, long sequence, byte[] captured) {
    Packet packet = packet(open(sa(add, 0), captured));
    State sender = sa(add, identification);
    for (long skipped = 1; skipped < sequence; skipped++) {
      ah(sender).counter.advance();
    }
    assertThat(ah(sender).protect(0, sender, packet)).isNull();
    byte[] made = ByteBufUtil.getBytes(packet.buffer());
    packet.release();
    return made;
  }

  /** The kernel captured what it had taken out itself, right after the packet that it was in. */
  @ParameterizedTest
  @FieldSource("CAPTURES")
  void opensToWhatTheKernelSaw(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    State sa = sa(command(capture, SPIS[1]), 0);
    List<byte[]> opened = new ArrayList<>();
    direction(capture, SPIS[1]).forEach(packet -> opened.add(open(sa, packet)));
    List<byte[]> clear =
        capture.packets().stream()
            .filter(packet -> packet[packet[0] >>> 4 == 4 ? 9 : 6] != IpProtocol.AH)
            .toList();
    assertThat(clear).hasSize(name.contains("tunnel") ? opened.size() : 0);
    for (int i = 0; i < clear.size(); i++) {
      assertThat(opened.get(i)).isEqualTo(clear.get(i));
    }
  }

  @ParameterizedTest
  @FieldSource("CAPTURES")
  void everyFlippedBitIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    byte[] original = direction(capture, SPIS[0]).getFirst();
    State sa = sa(command(capture, SPIS[0]), 0);
    boolean v4 = original[0] >>> 4 == 4;
    for (int bit = 0; bit < original.length * 8; bit++) {
      byte[] flipped = original.clone();
      flipped[bit / 8] ^= (byte) (0x80 >>> bit % 8);
      // Traffic class, flow label and hop limit may change; IPv4 has its checksum over its own.
      if (!v4 && (bit >= 4 && bit < 32 || bit / 8 == 7)) {
        open(sa(command(capture, SPIS[0]), 0), flipped);
        continue;
      }
      refuse(sa, flipped);
      if (v4 && bit / 8 < 20) {
        renewChecksum(flipped);
        boolean mutable =
            bit / 8 == 1
                || bit / 8 == 8
                || bit == 48
                || bit == 49
                || bit / 8 == 10
                || bit / 8 == 11;
        if (mutable) {
          open(sa(command(capture, SPIS[0]), 0), flipped);
        } else {
          refuse(sa, flipped);
        }
      }
    }
    assertThat(ah(sa).integrityFailures()).isGreaterThan(original.length);
    open(sa, original);
    assertThat(ah(sa).lastIn()).isOne();
  }

  private static void renewChecksum(byte[] packet) {
    ByteBuffer header = ByteBuffer.wrap(packet);
    int length = Math.min(packet.length, (packet[0] & 15) * 4);
    header.putShort(10, (short) 0);
    header.putShort(10, (short) GoldenCapture.checksum(packet, 0, length));
  }

  @ParameterizedTest
  @FieldSource("CAPTURES")
  void everyTruncationIsDroppedAndChangesNothing(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    byte[] original = direction(capture, SPIS[1]).getFirst();
    State sa = sa(command(capture, SPIS[1]), 0);
    for (int length = 0; length < original.length; length++) {
      byte[] shorter = Arrays.copyOf(original, length);
      refuse(sa, shorter);
      if (length >= ahAt(original)) {
        ByteBuffer header = ByteBuffer.wrap(shorter);
        if (original[0] >>> 4 == 4) {
          header.putShort(2, (short) length);
          renewChecksum(shorter);
        } else {
          header.putShort(4, (short) (length - 40));
        }
        refuse(sa, shorter);
      }
    }
    open(sa, original);
  }

  private void refuse(State sa, byte[] broken) {
    Packet packet = packet(broken);
    @Nullable DropReason reason = Arrival.open(sa, packet);
    assertThat(reason).isNotNull();
    assertThat(Objects.requireNonNull(reason).linuxCounter()).startsWith("XfrmIn");
    assertThat(ByteBufUtil.getBytes(packet.buffer())).isEqualTo(broken);
    assertThat(ah(sa).lastIn()).isZero();
    packet.release();
  }
}
