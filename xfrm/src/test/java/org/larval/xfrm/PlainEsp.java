package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.EspView;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;

/** ESP over IPv4 without any cryptography: SPI, sequence number, payload, next header. */
final class PlainEsp implements Transform {
  private final Ipv4View ip = new Ipv4View();
  private int sequence;
  private int received;

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    if (ip.wrap(packet.buffer(), packet.buffer().readerIndex(), packet.length()) != null) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    boolean tunnel = sa.mode() == Mode.TUNNEL;
    var source = tunnel ? sa.source() : ip.source();
    var target = tunnel ? sa.target() : ip.target();
    int next = tunnel ? IpProtocol.IPV4 : ip.protocol();
    if (!tunnel) {
      packet.pull(ip.headerLength());
    }
    packet.buffer().writeByte(next);
    packet.push(EspView.HEADER);
    EspView.emit(packet.buffer(), packet.buffer().readerIndex(), sa.id().spi(), ++sequence);
    packet.push(Ipv4View.HEADER);
    Ipv4View.emit(
        packet.buffer(),
        packet.buffer().readerIndex(),
        Ipv4View.HEADER,
        packet.length(),
        0,
        0,
        0,
        64,
        IpProtocol.ESP,
        source,
        target);
    return null;
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace place) {
    return packet.buffer().getInt(packet.transport() + 4) <= received
        ? DropReason.XFRM_IN_STATE_SEQ_ERROR
        : null;
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace place) {
    if (ip.wrap(packet.buffer(), packet.buffer().readerIndex(), packet.length()) != null) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }
    received = packet.buffer().getInt(packet.transport() + 4);
    var source = ip.source();
    var target = ip.target();
    int last = packet.buffer().writerIndex() - 1;
    int next = packet.buffer().getUnsignedByte(last);
    packet.buffer().writerIndex(last);
    packet.pull(ip.headerLength() + EspView.HEADER);
    if (sa.mode() == Mode.TUNNEL) {
      return next == IpProtocol.IPV4 ? null : DropReason.XFRM_IN_STATE_MODE_ERROR;
    }
    packet.push(Ipv4View.HEADER);
    Ipv4View.emit(
        packet.buffer(),
        packet.buffer().readerIndex(),
        Ipv4View.HEADER,
        packet.length(),
        0,
        0,
        0,
        64,
        next,
        source,
        target);
    return null;
  }

  @Override
  public int overhead() {
    return Ipv4View.HEADER + EspView.HEADER + 1;
  }

  @Override
  public int mtu(int linkMtu) {
    return linkMtu - overhead();
  }
}
