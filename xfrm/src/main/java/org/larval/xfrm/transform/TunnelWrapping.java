package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;

/** Tunnel mode: the whole packet goes behind a new IP header, of either family. */
final class TunnelWrapping extends Wrapping {
  private final TunnelHeader header;

  TunnelWrapping(boolean outerV6, SaParameters parameters, int identification) {
    super(outerV6);
    header = new TunnelHeader(parameters.flags(), parameters.hopLimit(), identification);
  }

  /** See {@link TunnelHeader#smallV6MayFragment}. */
  void smallV6MayFragment(boolean may) {
    header.smallV6MayFragment(may);
  }

  @Override
  Mode mode() {
    return Mode.TUNNEL;
  }

  @Override
  @Nullable DropReason admit(State sa, Packet packet) {
    if (!ip.locateUnsummed(packet.buffer())) {
      return DropReason.XFRM_OUT_ERROR;
    }
    if (!carries(sa, ip.v6())) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    plain = ip.end() - ip.start();
    next = TunnelHeader.protocol(ip.v6());
    headers = added();
    return null;
  }

  @Override
  int wrap(State sa, Packet packet, int front, int back, int protocol) {
    ip.makeRoom(packet, headers + front, back);
    ByteBuf data = packet.buffer();
    int inner = ip.start();
    int outer = inner - front - headers;
    header.emit(
        data, outer, front + plain + back, protocol, sa.source(), sa.target(), ip.first(), ip.v6());
    data.setIndex(outer, inner + plain + back);
    return inner;
  }

  @Override
  @Nullable DropReason unwrap(
      State sa, Packet packet, IpPlace came, int payload, int length, int protocol) {
    ByteBuf data = packet.buffer();
    boolean innerV6 = protocol == IpProtocol.IPV6;
    boolean known = innerV6 || protocol == IpProtocol.IPV4;
    if (!known || !carries(sa, innerV6) || length < TunnelHeader.length(innerV6)) {
      return DropReason.XFRM_IN_STATE_MODE_ERROR;
    }
    long first = data.getLong(payload);
    if (first >>> 60 != (innerV6 ? 6 : 4)) {
      return DropReason.XFRM_IN_STATE_MODE_ERROR;
    }
    int total =
        innerV6 ? Ipv6View.HEADER + ((int) (first >>> 16) & 0xffff) : (int) (first >>> 32) & 0xffff;
    // What follows the inner packet is traffic flow padding. An impossible length is left to the
    // stack, which drops the packet as malformed.
    int kept = total >= TunnelHeader.length(innerV6) ? Math.min(total, length) : length;
    header.decapsulate(data, came.first(), came.v6(), payload, first, innerV6);
    data.setIndex(payload, payload + kept);
    packet.headers(payload, -1);
    return null;
  }

  /** Whether the SA's selector leaves room for an inner packet of this family. */
  private static boolean carries(State sa, boolean innerV6) {
    Selector selector = sa.selector();
    return selector == null || selector.v6() == innerV6;
  }

  @Override
  int added() {
    return TunnelHeader.length(outerV6);
  }

  @Override
  int kept() {
    return 0;
  }
}
