package org.larval.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.guest.TestNet.MS;
import static org.larval.guest.TestNet.SECOND;
import static org.larval.guest.TestNet.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.larval.guest.GuestConfig.StaticRoute;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;

/** The seam to IPsec with a toy in its place: tunnels that wrap packets and encrypt nothing. */
class TunnelTest {
  private static final int ESP_HEADER = 8;

  /** Wraps what goes to one prefix into "ESP" from one gateway to the other. */
  private static final class Toy implements SecurityPath {
    private final GuestStack stack;
    private final IpAddress from;
    private final IpAddress to;
    private final int remoteThirdOctet;
    private final List<String> hooks;

    Toy(TestNet.Host host, String from, String to, int remoteThirdOctet, List<String> hooks) {
      stack = host.stack;
      this.from = IpAddress.parse(from);
      this.to = IpAddress.parse(to);
      this.remoteThirdOctet = remoteThirdOctet;
      this.hooks = hooks;
      for (Hook hook : Hook.values()) {
        stack.gate(
            hook,
            (now, packet) -> {
              ByteBuf data = packet.buffer();
              int at = data.readerIndex();
              int protocol = data.getUnsignedByte(at + 9);
              hooks.add(hook + " " + IpProtocol.name(protocol));
              return Verdict.CONTINUE;
            });
      }
      stack.securityPath(this);
    }

    @Override
    public Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out) {
      if ((flow.targetLow >> 8 & 0xff) != remoteThirdOctet) {
        return route;
      }
      return new Dst() {
        @Override
        public Errno error() {
          return Errno.OK;
        }

        @Override
        public boolean valid() {
          return route.valid();
        }

        @Override
        public int mtu() {
          return route.mtu() - Ipv4View.HEADER - ESP_HEADER;
        }

        @Override
        public Errno output(long at, Packet packet, Effects effects) {
          if (!stack.postroutingBeforeTransform(at, packet, effects)) {
            return stack.refusal();
          }
          int inner = packet.length();
          packet.push(ESP_HEADER);
          packet.buffer().setLong(packet.buffer().readerIndex(), 0x1234_0000_0001L);
          packet.push(Ipv4View.HEADER);
          Ipv4View.emit(
              packet.buffer(),
              packet.buffer().readerIndex(),
              Ipv4View.HEADER,
              Ipv4View.HEADER + ESP_HEADER + inner,
              0,
              1,
              0,
              64,
              IpProtocol.ESP,
              from,
              to);
          return stack.outputTransformed(at, packet, effects);
        }
      };
    }

    @Override
    public void input(long now, Packet packet, int protocol, Effects out) {
      hooks.add("input " + protocol);
      packet.buffer().readerIndex(packet.transport() + ESP_HEADER);
      packet.addTransform(this);
      stack.reinject(now, packet, out);
    }

    @Override
    public boolean admits(long now, Packet packet, Check check, Effects out) {
      hooks.add("admits " + check + " " + packet.transformCount());
      return true;
    }
  }

  private final TestNet net = new TestNet();
  private final List<String> hooksA = new ArrayList<>();
  private final List<String> hooksG = new ArrayList<>();
  private final TestNet.Host a =
      net.host(
          GuestConfig.host("a", nic(1, 1500, "10.0.1.1/24"))
              .withRoutes(StaticRoute.defaultVia(IpAddress.parse("10.0.1.254"))));
  private final TestNet.Host gateway =
      net.host(
          GuestConfig.host("g", nic(2, 1500, "10.0.1.254/24"), nic(3, 1500, "10.0.2.254/24"))
              .withForwarding());
  private final TestNet.Host b =
      net.host(
          GuestConfig.host("b", nic(4, 1500, "10.0.2.2/24"))
              .withRoutes(StaticRoute.defaultVia(IpAddress.parse("10.0.2.254"))));
  private final Inbox inbox = new Inbox();
  private final UdpSocket client = a.stack.udpSocket(new Inbox());

  TunnelTest() {
    net.wire(a, 0, gateway, 0, MS);
    net.wire(gateway, 1, b, 0, MS);
    new Toy(a, "10.0.1.1", "10.0.1.254", 2, hooksA);
    new Toy(gateway, "10.0.1.254", "10.0.1.1", 1, hooksG);
    assertThat(b.stack.udpSocket(inbox).bind(IpAddress.ANY4, 7)).isEqualTo(Errno.OK);
  }

  private Errno send(byte[] data) {
    Errno answer =
        client.sendTo(
            net.now, IpAddress.parse("10.0.2.2"), 7, Unpooled.wrappedBuffer(data), 1, 0, a);
    net.run(net.now + SECOND);
    return answer;
  }

  @Test
  void hooksAreMetTwiceOnBothSides() {
    try (net) {
      assertThat(send(new byte[10])).isEqualTo(Errno.OK);
      assertThat(hooksA)
          .containsExactly("OUTPUT udp", "POSTROUTING udp", "OUTPUT esp", "POSTROUTING esp");
      assertThat(hooksG)
          .containsExactly(
              "PREROUTING esp",
              "INPUT esp",
              "input 50",
              "PREROUTING udp",
              "admits FORWARD 1",
              "FORWARD udp",
              "POSTROUTING udp");
      assertThat(inbox.payloads).hasSize(1);
      hooksG.clear();
      hooksA.clear();
      UdpSocket back = b.stack.udpSocket(new Inbox());
      Inbox home = new Inbox();
      assertThat(a.stack.udpSocket(home).bind(IpAddress.ANY4, 99)).isEqualTo(Errno.OK);
      assertThat(
              back.sendTo(net.now, IpAddress.parse("10.0.1.1"), 99, Unpooled.EMPTY_BUFFER, 1, 0, b))
          .isEqualTo(Errno.OK);
      net.run(net.now + SECOND);
      assertThat(home.payloads).hasSize(1);
      assertThat(hooksG)
          .containsExactly(
              "PREROUTING udp",
              "admits FORWARD 0",
              "FORWARD udp",
              "POSTROUTING udp",
              "OUTPUT esp",
              "POSTROUTING esp");
      assertThat(hooksA)
          .containsExactly(
              "PREROUTING esp",
              "INPUT esp",
              "input 50",
              "PREROUTING udp",
              "INPUT udp",
              "admits IN 1");
    }
  }

  @Test
  void bigDatagramsAreWrappedWholeAndFragmentedAfterwards() {
    try (net) {
      byte[] data = new byte[4000];
      new Random(1).nextBytes(data);
      assertThat(send(data)).isEqualTo(Errno.OK);
      assertThat(inbox.payloads).containsExactly(ByteBufUtil.hexDump(data));
      long esp =
          net.sentBy(a).stream()
              .filter(f -> f.getUnsignedShort(12) == 0x800 && f.getUnsignedByte(23) == 50)
              .count();
      assertThat(esp).isEqualTo(3);
    }
  }

  @Test
  void localSenderIsRefusedAndForwardedOneIsTold() {
    try (net) {
      client.dontFragment(true);
      assertThat(send(new byte[1500 - 28 - 28])).isEqualTo(Errno.OK);
      assertThat(send(new byte[1500 - 28 - 28 + 1])).isEqualTo(Errno.EMSGSIZE);
      assertThat(inbox.payloads).hasSize(1);
      UdpSocket back = b.stack.udpSocket(new Inbox());
      ByteBuf data = Unpooled.wrappedBuffer(new byte[1460]);
      IpAddress home = IpAddress.parse("10.0.1.1");
      assertThat(back.connect(net.now, home, 99, b)).isEqualTo(Errno.OK);
      assertThat(back.send(net.now, data, 1, 0, b)).isEqualTo(Errno.OK);
      net.run(net.now + SECOND);
      assertThat(net.reasons()).containsExactly(DropReason.FRAGMENTATION_NEEDED);
      assertThat(back.takeError()).isEqualTo(Errno.EMSGSIZE);
      FlowKey flow = new FlowKey().addresses(IpAddress.ANY4, home);
      assertThat(b.stack.plainRoute(flow).mtu()).isEqualTo(1500 - 28);
    }
  }
}
