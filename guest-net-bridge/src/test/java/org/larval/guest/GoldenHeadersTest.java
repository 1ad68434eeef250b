package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.guest.GuestConfig.StaticRoute;
import org.larval.packet.Errno;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;

/** Our packets beside those that a Linux kernel made of the same data, byte for byte. */
class GoldenHeadersTest {
  private static final int ETHERNET = 14;

  private final TestNet net = new TestNet();
  private final TestNet.Host peer =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.9.0.1/24", "fd09::1/64")));
  private final TestNet.Host guest =
      net.host(
          GuestConfig.host(
                  "b", nic(2, 1500, "10.9.0.2/24", "10.10.2.1/24", "fd09::2/64", "fd10:2::1/64"))
              .withRoutes(
                  StaticRoute.defaultVia(IpAddress.parse("10.9.0.1")),
                  StaticRoute.defaultVia(IpAddress.parse("fd09::1"))));

  GoldenHeadersTest() {
    net.wire(peer, 0, guest, 0, 0);
  }

  private ByteBuf lastIp(int ethertype) {
    return net.sentBy(guest).stream()
        .filter(frame -> frame.getUnsignedShort(12) == ethertype)
        .toList()
        .getLast();
  }

  /** The IP packet with what differs by design set to zero: identification or flow label. */
  private static String comparable(ByteBuf frame) {
    ByteBuf ip = frame.copy(ETHERNET, frame.readableBytes() - ETHERNET);
    if (ip.getUnsignedByte(0) >>> 4 == 4) {
      ip.setShort(4, 0).setShort(10, 0);
    } else {
      ip.setShort(2, 0).setByte(1, ip.getByte(1) & 0xf0);
    }
    return ByteBufUtil.hexDump(ip);
  }

  @Test
  void echoReplyIsTheKernels() throws IOException {
    try (net) {
      List<ByteBuf> frames = GoldenFragmentsTest.pcap("/kernel/ah-tunnel-sha256-v4.pcap");
      ByteBuf protectedRequest = frames.get(0);
      int ah = ETHERNET + 20;
      int inner = ah + (protectedRequest.getUnsignedByte(ah + 1) + 2) * 4;
      ByteBuf request =
          Unpooled.buffer()
              .writeBytes(protectedRequest, 0, ETHERNET)
              .writeBytes(protectedRequest, inner, protectedRequest.readableBytes() - inner);
      guest.stack.onFrame(0, 0, net.pool.wrap(0, request), guest);
      net.run(SECOND);
      assertThat(comparable(lastIp(EthernetView.TYPE_IPV4))).isEqualTo(comparable(frames.get(2)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ah-tunnel-sha256-v4, 10.10.2.1, 10.10.1.1",
    "esp-tunnel-gcm128-v6, fd10:2::1, fd10:1::1"
  })
  void datagramIsTheKernels(String name, String from, String to) throws IOException {
    try (net) {
      ByteBuf golden = GoldenFragmentsTest.pcap("/kernel/" + name + ".pcap").get(8);
      int udp = ETHERNET + (from.contains(":") ? 40 : 20);
      UdpSocket socket = guest.stack.udpSocket(new Inbox());
      assertThat(socket.bind(IpAddress.parse(from), golden.getUnsignedShort(udp)))
          .isEqualTo(Errno.OK);
      ByteBuf payload = golden.slice(udp + 8, golden.readableBytes() - udp - 8);
      assertThat(
              socket.sendTo(
                  0, IpAddress.parse(to), golden.getUnsignedShort(udp + 2), payload, 1, 0, guest))
          .isEqualTo(Errno.OK);
      net.run(SECOND);
      ByteBuf ours = lastIp(golden.getUnsignedShort(12));
      assertThat(comparable(ours)).isEqualTo(comparable(golden));
    }
  }
}
