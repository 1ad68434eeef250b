package org.larval.secmark;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** Makes packets to be marked. */
final class Datagrams {
  static final PacketPool POOL = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);

  private static final int PAYLOAD = 24;

  private Datagrams() {}

  static Packet v4(String source, String target, int protocol, int sport, int dport) {
    return v4(source, target, protocol, sport, dport, 0);
  }

  static Packet laterFragment4(String source, String target, int protocol) {
    return v4(source, target, protocol, 7, 7, 1480 / 8);
  }

  private static Packet v4(
      String source, String target, int protocol, int sport, int dport, int offset) {
    Packet packet = POOL.make(0, Ipv4View.HEADER + PAYLOAD);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(Ipv4View.HEADER + PAYLOAD);
    Ipv4View.emit(
        data,
        at,
        Ipv4View.HEADER,
        Ipv4View.HEADER + PAYLOAD,
        0,
        1,
        offset,
        64,
        protocol,
        IpAddress.parse(source),
        IpAddress.parse(target));
    data.setShort(at + Ipv4View.HEADER, sport);
    data.setShort(at + Ipv4View.HEADER + 2, dport);
    return packet;
  }

  static Packet v6(String source, String target, int protocol, int sport, int dport) {
    Packet packet = POOL.make(0, Ipv6View.HEADER + PAYLOAD);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(Ipv6View.HEADER + PAYLOAD);
    Ipv6View.emit(
        data, at, 0, 0, PAYLOAD, protocol, 64, IpAddress.parse(source), IpAddress.parse(target));
    data.setShort(at + Ipv6View.HEADER, sport);
    data.setShort(at + Ipv6View.HEADER + 2, dport);
    return packet;
  }

  static Packet laterFragment6(String source, String target, int protocol) {
    Packet packet = v6(source, target, IpProtocol.FRAGMENT, 0, 0);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex() + Ipv6View.HEADER;
    Ipv6View.emitFragment(data, at, protocol, 1448, false, 5);
    data.setInt(at + Ipv6View.FRAGMENT_HEADER, 0x00070007);
    return packet;
  }
}
