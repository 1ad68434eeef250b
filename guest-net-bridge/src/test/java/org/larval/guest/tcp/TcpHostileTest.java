package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.larval.guest.Dst;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.TcpView;

/** Segments that nobody in his right mind sends. */
class TcpHostileTest {
  private static Packet packet(Wire wire, byte[] bytes) {
    Packet packet = wire.pool.make(wire.now, bytes.length);
    packet.buffer().writeBytes(bytes);
    int at = packet.buffer().readerIndex();
    packet.headers(at, at + 20);
    return packet;
  }

  /** A segment from A to B with right checksums. */
  private static Packet forged(
      Wire wire, int sourcePort, int sequence, int acknowledgement, int flags, byte[] data) {
    int total = TcpView.HEADER + data.length;
    Packet packet = wire.pool.make(wire.now, 20 + total);
    ByteBuf buffer = packet.buffer();
    int at = buffer.writerIndex();
    buffer.writerIndex(at + 20 + total);
    buffer.setBytes(at + 40, data);
    Ipv4View.emit(buffer, at, 20, 20 + total, 0, 0, 0, 64, IpProtocol.TCP, Wire.A, Wire.B);
    TcpView.emit(
        buffer,
        at + 20,
        20,
        total,
        sourcePort,
        80,
        sequence,
        acknowledgement,
        flags,
        1000,
        Checksum.pseudoHeader(Wire.A, Wire.B, IpProtocol.TCP, total));
    packet.headers(at, at + 20);
    return packet;
  }

  private record Pair(TcpSocket client, Endpoint server) {}

  private static Pair connect(Wire wire) {
    Endpoint server = new Endpoint();
    wire.b.tcp.listen(null, 80, 0, server);
    TcpSocket client = wire.a.tcp.socket(new Endpoint()).bind(null, 999);
    client.connect(wire.now, Wire.B, 80, false, wire.out);
    wire.run(wire.now + Wire.SECOND);
    return new Pair(client, server);
  }

  @Test
  void everyTruncationAndBitFlipIsRefused() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      connect(wire);
      byte[] good = wire.sent.getFirst().bytes().array();
      for (int length = 0; length < good.length; length++) {
        wire.drops.clear();
        wire.b.tcp.onSegment(wire.now, packet(wire, Arrays.copyOf(good, length)), wire.out);
        wire.settle();
        assertThat(wire.drops).containsExactly(DropReason.MALFORMED);
      }
      for (int bit = 0; bit < good.length * 8; bit++) {
        byte[] bad = good.clone();
        bad[bit / 8] ^= (byte) (1 << bit % 8);
        wire.drops.clear();
        wire.b.tcp.onSegment(wire.now, packet(wire, bad), wire.out);
        wire.settle();
        assertThat(wire.drops)
            .hasSize(1)
            .allMatch(d -> d == DropReason.MALFORMED || d == DropReason.BAD_CHECKSUM);
      }
    }
  }

  /** Random segments with right checksums: whatever they do, memory and packets are bounded. */
  @Test
  void randomSegments() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      try (Wire wire = new Wire(TcpSettings.LINUX_6_1.withLimits(200, 20), seed)) {
        Pair pair = connect(wire);
        for (int i = 0; i < 3000; i++) {
          Wire.Sent last = wire.by(wire.b).getLast();
          int sequence = last.acknowledgement() + random.nextInt(-3000, 70_000);
          int acknowledgement = last.sequence() + random.nextInt(-3000, 3000);
          byte[] data = new byte[random.nextInt(4) == 0 ? random.nextInt(1400) : 0];
          int flags = random.nextInt(64) & (random.nextInt(8) == 0 ? 63 : ~TcpView.RST);
          int port = random.nextInt(3) == 0 ? random.nextInt(1, 65536) : 999;
          wire.inject(wire.b, forged(wire, port, sequence, acknowledgement, flags, data));
          if (random.nextInt(20) == 0) {
            wire.run(wire.now + random.nextLong(Wire.SECOND));
          }
        }
        wire.run(wire.now + 400 * Wire.SECOND);
        assertThat(wire.b.tcp.connections()).isLessThanOrEqualTo(200);
        assertThat(wire.sent.size()).isLessThan(30_000);
        pair.client.abort(wire.now, wire.out);
        wire.run(wire.now + 2000 * Wire.SECOND);
      }
    }
  }

  /** RFC 5961: a reset must hit exactly, a SYN never resets; both are challenged. */
  @Test
  void blindResetAndSynAreChallenged() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      Pair pair = connect(wire);
      int next = wire.by(wire.b).getFirst().acknowledgement();
      wire.sent.clear();
      wire.inject(wire.b, forged(wire, 999, next + 100, 0, TcpView.RST, new byte[0]));
      wire.run(wire.now + Wire.SECOND);
      assertThat(pair.server.failures).isEmpty();
      assertThat(wire.by(wire.b)).hasSize(1);
      wire.inject(wire.b, forged(wire, 999, next + 7, 0, TcpView.SYN, new byte[0]));
      wire.run(wire.now + Wire.SECOND);
      assertThat(pair.server.failures).isEmpty();
      assertThat(wire.by(wire.b)).hasSize(2);
      for (int i = 0; i < 50; i++) {
        wire.inject(wire.b, forged(wire, 999, next + 7, 0, TcpView.SYN, new byte[0]));
      }
      wire.run(wire.now + 400 * Wire.MS);
      assertThat(wire.by(wire.b)).describedAs("challenges are limited").hasSize(3);
      wire.inject(wire.b, forged(wire, 999, next, 0, TcpView.RST, new byte[0]));
      wire.run(wire.now + Wire.SECOND);
      assertThat(pair.server.failures).containsExactly(Errno.ECONNRESET);
    }
  }

  /** A path that gives each packet straight back to the layer that sends it. */
  @Test
  void loopback() {
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, 1)) {
      wire.a.router =
          (now, flow, caller) ->
              new Dst() {
                @Override
                public Errno error() {
                  return Errno.OK;
                }

                @Override
                public boolean valid() {
                  return true;
                }

                @Override
                public int mtu() {
                  return 65535;
                }

                @Override
                public Errno output(long when, Packet packet, Effects out) {
                  wire.a.tcp.onSegment(when, packet, out);
                  return Errno.OK;
                }
              };
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = new byte[1_000_000];
      new SplittableRandom(1).nextBytes(client.toSend);
      client.closeWhenSent = true;
      wire.a.tcp.listen(null, 80, 0, server);
      TcpSocket socket = wire.a.tcp.socket(client);
      assertThat(socket.connect(0, Wire.A, 80, false, wire.out)).isEqualTo(Errno.ASLEEP);
      wire.run(100 * Wire.SECOND);
      assertThat(Arrays.equals(server.received.toByteArray(), client.toSend)).isTrue();
      assertThat(client.told).containsExactly("connected", "end", "closed");
      assertThat(socket.retransmissions()).isZero();
      assertThat(wire.a.tcp.connections()).isZero();
    }
  }
}
