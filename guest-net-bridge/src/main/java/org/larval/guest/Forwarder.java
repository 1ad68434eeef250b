package org.larval.guest;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Ipv6View;

/**
 * Passes packets on (ip_forward, ip6_forward), in Linux's order: policy check, TTL, security
 * look-up, MTU, decrement, FORWARD hook, output.
 */
final class Forwarder {
  private final GuestStack stack;
  private final FlowKey flow = new FlowKey();

  Forwarder(GuestStack stack) {
    this.stack = stack;
  }

  /** Takes a packet for somebody else; {@code ip} was parsed from it. */
  void forward(long now, Packet packet, IpHeader ip, Effects out) {
    boolean v6 = ip.v6;
    if (IpHeader.isLinkLocal6(v6, ip.sourceHigh)
        || IpHeader.isLinkLocal6(v6, ip.targetHigh)
        || (ip.sourceHigh == 0 && ip.sourceLow == 0)) {
      out.drop(packet, DropReason.MARTIAN);
      return;
    }
    Dst route = stack.routes.look(v6, ip.targetHigh, ip.targetLow, 0);
    if (route.error() != Errno.OK) {
      stack.icmpErrors.send(now, IcmpError.NET_UNREACHABLE, 0, packet, out);
      out.drop(packet, DropReason.NO_ROUTE);
      return;
    }
    if (!stack.security().admits(now, packet, SecurityPath.Check.FORWARD, out)) {
      return;
    }
    if (ip.ttl <= 1) {
      stack.icmpErrors.send(now, IcmpError.TIME_EXCEEDED, 0, packet, out);
      out.drop(packet, DropReason.TTL_EXPIRED);
      return;
    }
    if (!flow.decode(packet)) {
      out.drop(packet, DropReason.XFRM_FWD_HDR_ERROR);
      return;
    }
    Dst dst = stack.security().resolveForwarded(now, flow, packet, route, out);
    if (dst.error() != Errno.OK) {
      // no ICMP: the sender cannot tell a missing SA from a lossy path (xfrm_route_forward)
      out.drop(packet, ErrorDst.reason(dst.error()));
      return;
    }
    int mtu = v6 ? Math.max(dst.mtu(), Ipv6View.MIN_MTU) : dst.mtu();
    if (ip.totalLength > mtu && (v6 || ip.ipv4.dontFragment())) {
      stack.icmpErrors.send(now, IcmpError.PACKET_TOO_BIG, mtu, packet, out);
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return;
    }
    if (v6) {
      ip.ipv6.decrementHopLimit();
    } else {
      ip.ipv4.decrementTtl();
    }
    packet.outPort = dst.device() - 1;
    if (!stack.gates.forward(now, packet, out)) {
      return;
    }
    packet.step(now, stack.name(), StepAction.FORWARDED, null);
    dst.output(now, packet, out);
  }
}
