package org.larval.guest.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.Inet6Address;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.wire.IpAddress;
import org.larval.wire.TcpView;
import org.pcap4j.packet.IpPacket;
import org.pcap4j.packet.IpSelector;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.TcpMaximumSegmentSizeOption;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.TcpWindowScaleOption;

/** Every segment of a conversation, read by a decoder that we did not write. */
class TcpWireFormatTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pcap4jReadsTheSame(boolean v6) throws Exception {
    IpAddress a = v6 ? IpAddress.parse("fd00::1") : Wire.A;
    IpAddress b = v6 ? IpAddress.parse("fd00::2") : Wire.B;
    try (Wire wire = new Wire(TcpSettings.LINUX_6_1, a, b, 3)) {
      wire.loss = 0.05;
      Endpoint server = new Endpoint();
      Endpoint client = new Endpoint();
      client.toSend = new byte[20_001];
      server.toSend = new byte[333];
      client.closeWhenSent = true;
      server.closeWhenSent = true;
      wire.b.tcp.listen(null, 80, 0, server);
      wire.a.tcp.socket(client).connect(0, b, 80, false, wire.out);
      wire.run(200 * Wire.SECOND);
      assertThat(wire.sent.size()).isGreaterThan(20);
      for (Wire.Sent sent : wire.sent) {
        byte[] bytes = sent.bytes().array();
        IpPacket ip = (IpPacket) IpSelector.newPacket(bytes, 0, bytes.length);
        TcpPacket tcp = ip.get(TcpPacket.class);
        TcpPacket.TcpHeader header = tcp.getHeader();
        boolean valid =
            ip instanceof IpV4Packet four
                ? tcp.hasValidChecksum(
                    four.getHeader().getSrcAddr(), four.getHeader().getDstAddr(), false)
                : tcp.hasValidChecksum(
                    (Inet6Address) ip.getHeader().getSrcAddr(),
                    (Inet6Address) ip.getHeader().getDstAddr(),
                    false);
        assertThat(valid).isTrue();
        assertThat(ip.getHeader().getSrcAddr())
            .isInstanceOf(v6 ? Inet6Address.class : Inet4Address.class);
        assertThat(header.getSequenceNumber()).isEqualTo(sent.sequence());
        assertThat(header.getAcknowledgmentNumber()).isEqualTo(sent.acknowledgement());
        assertThat(header.getWindowAsInt()).isEqualTo(sent.window());
        assertThat(header.getSyn()).isEqualTo(sent.has(TcpView.SYN));
        assertThat(header.getAck()).isEqualTo(sent.has(TcpView.ACK));
        assertThat(header.getFin()).isEqualTo(sent.has(TcpView.FIN));
        assertThat(header.getRst()).isEqualTo(sent.has(TcpView.RST));
        assertThat(header.getUrg()).isFalse();
        assertThat(tcp.getPayload() == null ? 0 : tcp.getPayload().length())
            .isEqualTo(sent.length());
        assertThat(header.getSrcPort().valueAsInt() == 80).isEqualTo(sent.by() == wire.b);
        if (header.getSyn()) {
          TcpMaximumSegmentSizeOption mss =
              (TcpMaximumSegmentSizeOption) header.getOptions().getFirst();
          assertThat(mss.getMaxSegSizeAsInt()).isEqualTo(v6 ? 1440 : 1460);
          assertThat(header.getOptions()).hasAtLeastOneElementOfType(TcpWindowScaleOption.class);
        } else {
          assertThat(header.getOptions()).isEmpty();
        }
        assertThat(sent.segment() != 0)
            .describedAs("data, FIN and the client's SYN have a key")
            .isEqualTo(
                sent.length() > 0
                    || sent.has(TcpView.FIN)
                    || sent.has(TcpView.SYN) && sent.by() == wire.a);
      }
    }
  }
}
