package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

class NatKeepaliveTest {
  private final TestNet net = new TestNet();
  private final TestNet.Host a =
      net.host(GuestConfig.host("a", nic(1, 1500, "10.0.0.1/24", "fd00::1/64")));
  private final TestNet.Host b =
      net.host(GuestConfig.host("b", nic(2, 1500, "10.0.0.2/24", "fd00::2/64")));

  NatKeepaliveTest() {
    net.wire(a, 0, b, 0, MS);
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.1, 10.0.0.2", "fd00::1, fd00::2"})
  void oneOctetGoesOverAndIsSwallowed(String from, String to) {
    try (net) {
      FakeSecurity security = new FakeSecurity();
      b.stack.securityPath(security);
      b.stack.encapsulationPort(4500);
      IpAddress source = IpAddress.parse(from);
      IpAddress target = IpAddress.parse(to);
      a.stack.keepTranslation(0, source, 1024, target, 4500, 0, a);
      net.run(SECOND);
      boolean v6 = source.v6();
      int type = v6 ? EthernetView.TYPE_IPV6 : EthernetView.TYPE_IPV4;
      ByteBuf frame =
          net.sentBy(a).stream()
              .filter(f -> f.getUnsignedShort(12) == type)
              .filter(f -> f.getUnsignedByte(v6 ? 20 : 23) == IpProtocol.UDP)
              .findFirst()
              .orElseThrow();
      int udp = v6 ? 54 : 34;
      assertThat(ByteBufUtil.hexDump(frame, udp, 6)).isEqualTo("040011940009");
      assertThat(frame.getUnsignedByte(udp + 8)).isEqualTo((short) 0xff);
      if (v6) {
        long pseudo = Checksum.pseudoHeader(source, target, IpProtocol.UDP, 9);
        assertThat(Checksum.fold(pseudo + Checksum.sum(frame, udp, 9))).isZero();
        assertThat(frame.getShort(udp + 6)).isNotZero();
      } else {
        assertThat(frame.getShort(udp + 6)).isZero();
        assertThat(frame.getUnsignedShort(20)).isEqualTo(0x4000);
      }
      assertThat(frame.getUnsignedByte(v6 ? 21 : 22)).isEqualTo((short) 64);
      assertThat(security.asked).isEmpty();
      assertThat(net.drops).isEmpty();
    }
  }
}
