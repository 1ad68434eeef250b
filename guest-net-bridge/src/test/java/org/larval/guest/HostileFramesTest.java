package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.Errno;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;

/** Damaged frames of every kind: no exception, no leak, everything ends once. */
class HostileFramesTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1280, "10.0.0.1/24", "fd00::1/64")));
  private final TestNet.Host b =
      net.host(GuestConfig.host("b", nic(2, 1280, "10.0.0.2/24", "fd00::2/64")).withForwarding());

  HostileFramesTest() {
    net.wire(a, 0, b, 0, MS);
  }

  private List<ByteBuf> samples() {
    assertThat(b.stack.udpSocket(new Inbox()).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
    for (String target : List.of("10.0.0.2", "fd00::2")) {
      IpAddress to = IpAddress.parse(target);
      UdpSocket socket = a.stack.udpSocket(new Inbox());
      for (int port = 7; port < 9; port++) {
        for (int size : new int[] {30, 4000}) {
          ByteBuf data = Unpooled.wrappedBuffer(new byte[size]);
          assertThat(socket.sendTo(net.now, to, port, data, 1, 0, a)).isEqualTo(Errno.OK);
        }
      }
      PingSocket ping = a.stack.pingSocket((now, s, sequence, out) -> {});
      assertThat(ping.sendEcho(net.now, to, 1, 56, 1, 0, a)).isEqualTo(Errno.OK);
      net.run(net.now + SECOND);
    }
    List<ByteBuf> samples = new ArrayList<>();
    for (TestNet.Frame frame : net.frames) {
      ByteBuf toB = frame.bytes().copy();
      // answers of b come back to it, too
      toB.setMedium(0, 0x020000).setMedium(3, 2);
      samples.add(toB);
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void mutatedFramesHarmNobody(long seed) {
    try (net) {
      List<ByteBuf> samples = samples();
      assertThat(samples).hasSizeGreaterThan(25);
      Random random = new Random(seed);
      for (int i = 0; i < 20_000; i++) {
        ByteBuf frame = samples.get(random.nextInt(samples.size())).copy();
        int mutations = random.nextInt(4);
        for (int m = 0; m < mutations; m++) {
          int at = random.nextInt(frame.readableBytes());
          frame.setByte(at, random.nextInt(256));
        }
        if (random.nextInt(3) == 0) {
          frame.writerIndex(random.nextInt(frame.readableBytes() + 1));
        }
        if (random.nextBoolean() && frame.readableBytes() > 34 && frame.getByte(14) == 0x45) {
          frame.setShort(24, 0);
          frame.setShort(24, Checksum.of(frame, 14, 20));
        }
        b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, frame), b);
        net.run(net.now + random.nextInt(3) * 10L * MS);
        net.frames.clear();
        net.drops.clear();
      }
      net.run(net.now + 1000 * SECOND);
      assertThat(b.stack.reassembler.pending()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void everyTruncationHarmsNobody(long seed) {
    try (net) {
      for (ByteBuf sample : samples()) {
        for (int length = 0; length < Math.min(200, sample.readableBytes()); length++) {
          b.stack.onFrame(net.now, 0, net.pool.wrap(net.now, sample.copy(0, length)), b);
        }
      }
      net.run(net.now + new Random(seed).nextInt(100) * SECOND);
    }
  }
}
