package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Makes ICMP errors (RFC 1812 4.3, RFC 4443 2.4): never about errors, groups, later fragments or
 * senders without an address, and only so many a second.
 */
final class IcmpErrors {
  /** Longest error, as a whole packet. */
  private static final int LONGEST_V4 = 576;

  private final GuestStack stack;
  private final IpHeader ip = new IpHeader();
  private final FlowKey flow = new FlowKey();
  private final FlowKey answer = new FlowKey();
  private final IcmpRateLimit limit = new IcmpRateLimit();

  IcmpErrors(GuestStack stack) {
    this.stack = stack;
  }

  /**
   * Tells the sender of a packet what became of it: a local socket at once, anybody else by ICMP.
   * The packet stays the caller's; its reader index is at the IP header.
   */
  void report(long now, IcmpError error, Packet about, Effects out) {
    if (ip.parse(about) != null) {
      return;
    }
    if (stack.routes.isOwn(ip.v6, ip.sourceHigh, ip.sourceLow)) {
      stack.icmpInput.tell(now, error, 0, about.buffer(), ip.start, ip.totalLength, out);
    } else {
      send(now, error, 0, about, out);
    }
  }

  /**
   * Sends an error about a packet, which stays the caller's.
   *
   * @param detail the MTU of a link that is too small, the offset of the octet that is a problem
   */
  void send(long now, IcmpError error, int detail, Packet about, Effects out) {
    if (ip.parse(about) != null || !answerable(error, about.buffer())) {
      return;
    }
    boolean v6 = ip.v6;
    IpAddress target = ip.source();
    boolean addressedToUs = stack.routes.isOwn(v6, ip.targetHigh, ip.targetLow);
    IpAddress source = addressedToUs ? ip.target() : stack.sourceFor(target);
    if (source == null) {
      return;
    }
    boolean limited =
        error != IcmpError.PACKET_TOO_BIG && !stack.routes.isOwn(v6, target.high(), target.low());
    if (limited && !limit.allow(now, target.high(), target.low())) {
      return;
    }
    flow.addresses(source, target);
    flow.ports(v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP, error.type(v6), error.code(v6));
    flow.oif = v6 && target.isLinkLocal6() ? about.inPort + 1 : 0;
    flow.label = about.label;
    flow.mark = 0;
    flow.trafficClass = 0;
    Dst dst = way(now, about, out);
    if (dst.error() != Errno.OK) {
      return;
    }
    Packet packet = message(now, error, detail, about);
    int options = EchoedOptions.push(packet, about.buffer(), ip.start);
    // 0xc0 is internetwork control, as RFC 1812 4.3.2.5 asks for; ICMPv6 keeps best effort
    stack.answer(now, packet, options, flow, dst, v6 ? 0 : 0xc0, false, out);
  }

  /** The route of the error; the tunnel of the packet that it is about may be its own. */
  private Dst way(long now, Packet about, Effects out) {
    if (!answer.decode(about)) {
      return stack.route(now, flow, Caller.STACK, out);
    }
    answer.reverse();
    answer.label = flow.label;
    return stack.routeError(now, flow, answer, out);
  }

  private Packet message(long now, IcmpError error, int detail, Packet about) {
    boolean v6 = ip.v6;
    int room =
        v6
            ? Ipv6View.MIN_MTU - Ipv6View.HEADER - Icmpv6View.HEADER
            : LONGEST_V4
                - Ipv4View.HEADER
                - EchoedOptions.bytes(about.buffer(), ip.start)
                - IcmpView.HEADER;
    int quoted = Math.min(room, ip.totalLength);
    int length = IcmpView.HEADER + quoted;
    Packet packet = stack.pool().make(now, length + Ipv6View.HEADER);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(IcmpView.HEADER);
    data.writeBytes(about.buffer(), ip.start, quoted);
    if (v6) {
      long pseudo = Checksum.pseudoHeader(flow.source(), flow.target(), IpProtocol.ICMPV6, length);
      int rest = error == IcmpError.PROTOCOL_UNREACHABLE ? nextHeaderPointer() : detail;
      Icmpv6View.emit(data, at, error.type(true), error.code(true), rest, length, pseudo);
    } else {
      int rest = error == IcmpError.PARAMETER_PROBLEM ? detail << 24 : detail & 0xffff;
      IcmpView.emit(data, at, error.type(false), error.code(false), rest, length);
    }
    return packet;
  }

  /** The place of the octet that names the unknown protocol (RFC 4443 3.4). */
  private int nextHeaderPointer() {
    return ip.ipv6.protocolField() - ip.start;
  }

  private boolean answerable(IcmpError error, ByteBuf data) {
    boolean v6 = ip.v6;
    if (ip.isLaterFragment()
        || ip.sourceHigh == 0 && ip.sourceLow == 0
        || IpHeader.isMulticast(v6, ip.sourceHigh, ip.sourceLow)
        || stack.routes.isBroadcast(v6, ip.sourceHigh, ip.sourceLow)) {
      return false;
    }
    boolean group =
        IpHeader.isMulticast(v6, ip.targetHigh, ip.targetLow)
            || stack.routes.isBroadcast(v6, ip.targetHigh, ip.targetLow);
    if (group && !(v6 && error == IcmpError.PACKET_TOO_BIG)) {
      return false;
    }
    boolean icmp = ip.protocol == (v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
    return !icmp
        || (ip.payloadLength > 0 && !IcmpError.isError(v6, data.getUnsignedByte(ip.payload)));
  }
}
