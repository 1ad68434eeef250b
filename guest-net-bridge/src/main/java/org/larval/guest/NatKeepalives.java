package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.UdpView;

/**
 * Sends keepalives of address translation (RFC 3948 section 2.3): one octet 0xFF over UDP, without
 * a socket. Over IPv4 without a checksum, as the kernel's (xfrm_nat_keepalive.c).
 */
final class NatKeepalives {
  private static final int OCTET = 0xff;
  private static final int LENGTH = UdpView.HEADER + 1;

  private final GuestStack stack;
  private final FlowKey flow = new FlowKey();

  NatKeepalives(GuestStack stack) {
    this.stack = stack;
  }

  void send(
      long now,
      IpAddress source,
      int sourcePort,
      IpAddress target,
      int targetPort,
      int mark,
      Effects out) {
    flow.addresses(source, target);
    flow.ports(IpProtocol.UDP, sourcePort, targetPort);
    flow.oif = 0;
    flow.label = 0;
    flow.mark = mark;
    flow.trafficClass = 0;
    Packet packet = stack.pool().make(now, LENGTH + IpHeader.LONGEST);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(UdpView.HEADER);
    data.writeByte(OCTET);
    long pseudo = Checksum.pseudoHeader(source, target, IpProtocol.UDP, LENGTH);
    UdpView.emit(data, at, sourcePort, targetPort, LENGTH, pseudo);
    if (!source.v6()) {
      data.setShort(at + 6, 0);
    }
    Dst dst = stack.route(now, flow, Caller.SOCKET_SOFTIRQ, out);
    stack.output(now, packet, flow, dst, 0, 0, true, out);
  }
}
