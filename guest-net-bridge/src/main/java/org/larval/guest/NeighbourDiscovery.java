package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.wire.MacAddress;

/**
 * Neighbour solicitations and advertisements (RFC 4861 7). Its messages pass the hooks but never
 * the security path: a policy that caught them would wait for the neighbour that they look for.
 */
final class NeighbourDiscovery {
  private static final int HOP_LIMIT = 255;
  private static final IpAddress ALL_NODES = IpAddress.ofV6(0xff02L << 48, 1);

  private final GuestStack stack;

  NeighbourDiscovery(GuestStack stack) {
    this.stack = stack;
  }

  /** A neighbour message with a right checksum and sound options, hop limit 255. */
  void receive(
      long now, NetDevice device, Packet packet, IpHeader ip, Icmpv6View message, Effects out) {
    if (message.code() != 0 || message.neighbourTarget().isMulticast()) {
      out.drop(packet, DropReason.MALFORMED);
      return;
    }
    switch (message.type()) {
      case Icmpv6View.NEIGHBOUR_SOLICITATION -> solicited(now, device, packet, ip, message, out);
      case Icmpv6View.NEIGHBOUR_ADVERTISEMENT -> advertised(now, device, packet, ip, message, out);
      default -> out.deliver(packet);
    }
  }

  private void solicited(
      long now, NetDevice device, Packet packet, IpHeader ip, Icmpv6View message, Effects out) {
    IpAddress target = message.neighbourTarget();
    if (!stack.routes.isOwn(target)) {
      out.drop(packet, DropReason.NOT_FOR_US);
      return;
    }
    long mac = message.neighbourLinkAddress(Icmpv6View.OPTION_SOURCE_LINK_ADDRESS);
    IpAddress source = ip.source();
    if (source.isAny()) {
      // somebody wants to take our address: tell all nodes (RFC 4862 5.4.3)
      long group = MacAddress.ofMulticast(ALL_NODES);
      advertise(now, device, target, ALL_NODES, group, Icmpv6View.FLAG_OVERRIDE, out);
      out.deliver(packet);
      return;
    }
    Neighbour sender = stack.neighbours.get(device, source);
    if (sender != null && mac >= 0 && !MacAddress.isGroup(mac)) {
      sender.learn(now, mac, false, true, out);
    }
    int flags = Icmpv6View.FLAG_SOLICITED | Icmpv6View.FLAG_OVERRIDE;
    advertise(now, device, target, source, -1, flags, out);
    out.deliver(packet);
  }

  private void advertised(
      long now, NetDevice device, Packet packet, IpHeader ip, Icmpv6View message, Effects out) {
    IpAddress target = message.neighbourTarget();
    int flags = message.neighbourFlags();
    boolean solicited = (flags & Icmpv6View.FLAG_SOLICITED) != 0;
    if (stack.routes.isOwn(target)
        || (solicited && IpHeader.isMulticast(true, ip.targetHigh, ip.targetLow))) {
      out.drop(packet, DropReason.MARTIAN);
      return;
    }
    Neighbour known = stack.neighbours.find(device, target);
    if (known != null) {
      long mac = message.neighbourLinkAddress(Icmpv6View.OPTION_TARGET_LINK_ADDRESS);
      if (mac < 0 && known.state() != Neighbour.State.INCOMPLETE) {
        mac = known.mac();
      }
      if (mac >= 0 && !MacAddress.isGroup(mac)) {
        known.learn(now, mac, solicited, (flags & Icmpv6View.FLAG_OVERRIDE) != 0, out);
      }
    }
    out.deliver(packet);
  }

  /** Asks for an address; {@code to} is a MAC for a unicast question, or -1 for multicast. */
  void solicit(
      long now, NetDevice device, IpAddress target, long to, IpAddress source, Effects out) {
    IpAddress destination = to < 0 ? target.solicitedNode() : target;
    long mac = to < 0 ? MacAddress.ofMulticast(destination) : to;
    Packet packet =
        message(
            now,
            device,
            Icmpv6View.NEIGHBOUR_SOLICITATION,
            0,
            target,
            Icmpv6View.OPTION_SOURCE_LINK_ADDRESS,
            source,
            destination,
            out);
    if (packet != null) {
      device.transmit(now, mac, EthernetView.TYPE_IPV6, packet, out);
    }
  }

  private void advertise(
      long now,
      NetDevice device,
      IpAddress own,
      IpAddress destination,
      long mac,
      int flags,
      Effects out) {
    int all = stack.forwarding() ? flags | Icmpv6View.FLAG_ROUTER : flags;
    Packet packet =
        message(
            now,
            device,
            Icmpv6View.NEIGHBOUR_ADVERTISEMENT,
            all,
            own,
            Icmpv6View.OPTION_TARGET_LINK_ADDRESS,
            own,
            destination,
            out);
    if (packet == null) {
      return;
    }
    if (mac >= 0) {
      device.transmit(now, mac, EthernetView.TYPE_IPV6, packet, out);
      return;
    }
    Neighbour neighbour = stack.neighbours.get(device, destination);
    if (neighbour == null) {
      out.drop(packet, DropReason.NEIGHBOUR_QUEUE_FULL);
    } else {
      neighbour.output(now, packet, out);
    }
  }

  private @Nullable Packet message(
      long now,
      NetDevice device,
      int type,
      int flags,
      IpAddress target,
      int option,
      IpAddress source,
      IpAddress destination,
      Effects out) {
    int length = Ipv6View.HEADER + Icmpv6View.NEIGHBOUR_MESSAGE;
    Packet packet = stack.pool().make(now, length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(length);
    int body = at + Ipv6View.HEADER;
    long pseudo =
        Checksum.pseudoHeader(source, destination, IpProtocol.ICMPV6, Icmpv6View.NEIGHBOUR_MESSAGE);
    Icmpv6View.emitNeighbour(data, body, type, flags, target, option, device.mac, pseudo);
    Ipv6View.emit(
        data,
        at,
        0,
        0,
        Icmpv6View.NEIGHBOUR_MESSAGE,
        IpProtocol.ICMPV6,
        HOP_LIMIT,
        source,
        destination);
    packet.headers(at, body);
    return stack.gates.pass(Hook.OUTPUT, now, packet, out)
            && stack.gates.pass(Hook.POSTROUTING, now, packet, out)
        ? packet
        : null;
  }
}
