package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.EthernetView;

/** Fragments that a Linux kernel sent: we reassemble them, and cut the result as the kernel did. */
class GoldenFragmentsTest {
  private static final class Taker implements SecurityPath {
    final List<ByteBuf> taken = new ArrayList<>();

    @Override
    public Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out) {
      return route;
    }

    @Override
    public void input(long now, Packet packet, int protocol, Effects out) {
      assertThat(protocol).isEqualTo(50);
      assertThat(packet.transport()).isEqualTo(packet.buffer().readerIndex() + 20);
      taken.add(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(packet.buffer())));
      out.deliver(packet);
    }

    @Override
    public boolean admits(long now, Packet packet, Check check, Effects out) {
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({"esp-transport-gcm128-frag-v4, 1460", "esp-tunnel-gcm128-dfclear-frag-v4, 1444"})
  void kernelFragmentsAreReassembledAndCutTheSame(String name, int largest) throws IOException {
    List<ByteBuf> fromA = new ArrayList<>();
    for (ByteBuf frame : pcap("/kernel/" + name + ".pcap")) {
      boolean ipv4 = frame.getUnsignedShort(12) == EthernetView.TYPE_IPV4;
      if (ipv4 && frame.getInt(26) == 0x0a09_0001 && frame.getUnsignedByte(23) == 50) {
        fromA.add(frame);
      }
    }
    assertThat(fromA).hasSize(3);
    try (TestNet net = new TestNet()) {
      TestNet.Host b = net.host(GuestConfig.host("b", nic(2, 1500, "10.9.0.2/24")));
      Taker taker = new Taker();
      b.stack.securityPath(taker);
      // the last fragment first
      for (ByteBuf frame : fromA.reversed()) {
        ByteBuf copy = frame.copy();
        copy.setMedium(0, 0x020000).setMedium(3, 2);
        b.stack.onFrame(0, 0, net.pool.wrap(0, copy), b);
      }
      assertThat(taker.taken).hasSize(1);
      assertThat(net.absorbed).isEqualTo(3);

      TestNet.Host a = net.host(GuestConfig.host("a", nic(1, 1500, "10.9.0.1/24")));
      net.wire(a, 0, b, 0, 0);
      ByteBuf esp = taker.taken.getFirst();
      Packet packet = net.pool.make(0, esp.readableBytes());
      packet.buffer().writeBytes(esp, 0, esp.readableBytes());
      a.stack.outputTransformed(0, packet, largest, a);
      net.run(TestNet.SECOND);
      List<String> cut =
          net.sentBy(a).stream()
              .filter(frame -> frame.getUnsignedShort(12) == EthernetView.TYPE_IPV4)
              .map(frame -> ByteBufUtil.hexDump(frame, 14, frame.readableBytes() - 14))
              .toList();
      assertThat(cut)
          .isEqualTo(
              fromA.stream()
                  .map(frame -> ByteBufUtil.hexDump(frame, 14, frame.readableBytes() - 14))
                  .toList());
      assertThat(taker.taken).hasSize(2);
      assertThat(taker.taken.get(1)).isEqualTo(esp);
    }
  }

  /** The frames of a little-endian pcap file. */
  static List<ByteBuf> pcap(String resource) throws IOException {
    try (InputStream in = GoldenFragmentsTest.class.getResourceAsStream(resource)) {
      assertThat(in).isNotNull();
      ByteBuf file = Unpooled.wrappedBuffer(in.readAllBytes());
      List<ByteBuf> frames = new ArrayList<>();
      assertThat(file.readIntLE()).isEqualTo(0xa1b2_c3d4);
      file.skipBytes(20);
      while (file.isReadable()) {
        file.skipBytes(8);
        int length = file.readIntLE();
        file.skipBytes(4);
        frames.add(file.readBytes(length));
      }
      return frames;
    }
  }
}
