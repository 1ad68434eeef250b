package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;

/** Transport mode: the IPsec header goes between the packet's own IP header and its payload. */
final class TransportWrapping extends Wrapping {
  TransportWrapping(boolean outerV6) {
    super(outerV6);
  }

  @Override
  Mode mode() {
    return Mode.TRANSPORT;
  }

  @Override
  @Nullable DropReason admit(State sa, Packet packet) {
    if (!ip.locate(packet.buffer())) {
      return DropReason.XFRM_OUT_ERROR;
    }
    if (ip.v6() != outerV6 || ip.isFragment()) {
      return DropReason.XFRM_OUT_STATE_MODE_ERROR;
    }
    ip.stepToInsertion(packet.buffer());
    plain = ip.end() - ip.upper();
    next = ip.protocol();
    headers = ip.upper() - ip.start();
    return null;
  }

  @Override
  int wrap(State sa, Packet packet, int front, int back, int protocol) {
    ip.makeRoom(packet, front, back);
    ByteBuf data = packet.buffer();
    int payload = ip.upper();
    ip.moveHeaders(data, front);
    ip.renew(data, front + plain + back, protocol);
    data.setIndex(ip.start(), payload + plain + back);
    return payload;
  }

  @Override
  @Nullable DropReason unwrap(
      State sa, Packet packet, IpPlace came, int payload, int length, int protocol) {
    ByteBuf data = packet.buffer();
    // Headers move up to the payload: shorter than moving the payload down.
    came.moveHeaders(data, came.upper() - payload);
    came.renew(data, length, protocol);
    data.setIndex(came.start(), payload + length);
    packet.headers(came.start(), payload);
    return null;
  }

  @Override
  int added() {
    return 0;
  }

  @Override
  int kept() {
    return TunnelHeader.length(outerV6);
  }
}
