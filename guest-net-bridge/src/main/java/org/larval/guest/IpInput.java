package org.larval.guest;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * The way in (ip_rcv, ipv6_rcv): header checks, martians, PREROUTING, and the choice between this
 * guest and another hop.
 */
final class IpInput {
  private final GuestStack stack;
  private final IpHeader ip = new IpHeader();

  IpInput(GuestStack stack) {
    this.stack = stack;
  }

  /** Takes a packet whose reader index is at an IP header. */
  void receive(long now, Packet packet, Effects out) {
    DropReason reason = ip.parse(packet);
    if (reason == null) {
      reason = martian(packet.inPort < 0);
    }
    if (reason != null) {
      out.drop(packet, reason);
      return;
    }
    if (stack.gates.any(Hook.PREROUTING)) {
      if (!stack.gates.pass(Hook.PREROUTING, now, packet, out)) {
        return;
      }
      reason = stack.gates.changeBytes(Hook.PREROUTING) ? ip.parse(packet) : null;
      if (reason != null) {
        out.drop(packet, reason);
        return;
      }
    }
    if (ip.hasOptions() && !stack.securityModule().options(now, packet, out)) {
      return;
    }
    boolean v6 = ip.v6;
    long high = ip.targetHigh;
    long low = ip.targetLow;
    if (stack.routes.isOwn(v6, high, low)
        || stack.routes.isBroadcast(v6, high, low)
        || stack.routes.isGroupMember(v6, high, low)) {
      stack.localDelivery.deliver(now, packet, ip, out);
    } else if (IpHeader.isMulticast(v6, high, low)) {
      out.drop(packet, DropReason.NOT_FOR_US);
    } else if (!stack.forwarding()) {
      out.drop(packet, DropReason.NOT_FORWARDING);
    } else {
      packet.step(now, stack.name(), StepAction.ROUTED, null);
      stack.forwarder.forward(now, packet, ip, out);
    }
  }

  /** Addresses that no packet may carry, or none from a link (RFC 1812 5.3.7, RFC 4291). */
  private @Nullable DropReason martian(boolean loopback) {
    boolean v6 = ip.v6;
    if (IpHeader.isMulticast(v6, ip.sourceHigh, ip.sourceLow)
        || stack.routes.isBroadcast(v6, ip.sourceHigh, ip.sourceLow)
        || (ip.targetHigh == 0 && ip.targetLow == 0)) {
      return DropReason.MARTIAN;
    }
    boolean anySource = ip.sourceHigh == 0 && ip.sourceLow == 0;
    if (anySource) {
      // only before an address is known: DHCP, duplicate address detection
      boolean group =
          IpHeader.isMulticast(v6, ip.targetHigh, ip.targetLow)
              || stack.routes.isBroadcast(v6, ip.targetHigh, ip.targetLow);
      return group ? null : DropReason.MARTIAN;
    }
    if (!loopback
        && (stack.routes.isOwn(v6, ip.sourceHigh, ip.sourceLow)
            || IpHeader.isLoopback(v6, ip.targetHigh, ip.targetLow))) {
      return DropReason.MARTIAN;
    }
    return null;
  }
}
