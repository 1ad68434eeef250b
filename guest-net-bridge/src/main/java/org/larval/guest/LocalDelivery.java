package org.larval.guest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;

/** Packets for this guest: reassembly, INPUT, and the protocol that takes them. */
final class LocalDelivery {
  private record Attached(int protocol, TransportHandler handler) {}

  private final GuestStack stack;
  private final List<Attached> transports = new ArrayList<>();
  private final IpHeader whole = new IpHeader();

  LocalDelivery(GuestStack stack) {
    this.stack = stack;
  }

  void attach(int protocol, TransportHandler handler) {
    transports.removeIf(attached -> attached.protocol == protocol);
    transports.add(new Attached(protocol, handler));
  }

  private @Nullable TransportHandler handler(int protocol) {
    for (int i = 0; i < transports.size(); i++) {
      Attached attached = transports.get(i);
      if (attached.protocol == protocol) {
        return attached.handler;
      }
    }
    return null;
  }

  /** Takes a packet; {@code parsed} was read from it. */
  void deliver(long now, Packet packet, IpHeader parsed, Effects out) {
    Packet datagram = packet;
    IpHeader ip = parsed;
    boolean changed = false;
    if (ip.isFragment()) {
      datagram = stack.reassembler.add(now, packet, ip, out);
      if (datagram == null) {
        return;
      }
      changed = true;
    }
    if (stack.gates.any(Hook.INPUT)) {
      datagram.headers(datagram.buffer().readerIndex(), datagram.transport());
      if (!stack.gates.pass(Hook.INPUT, now, datagram, out)) {
        return;
      }
      changed |= stack.gates.changeBytes(Hook.INPUT);
    }
    if (changed) {
      ip = whole;
      DropReason reason = ip.parse(datagram);
      if (reason != null) {
        out.drop(datagram, reason);
        return;
      }
    }
    dispatch(now, datagram, ip, out);
  }

  private void dispatch(long now, Packet packet, IpHeader ip, Effects out) {
    int protocol = ip.protocol;
    switch (protocol) {
      case IpProtocol.UDP -> stack.udp.receive(now, packet, ip, out);
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        if (ip.v6 == (protocol == IpProtocol.ICMPV6)) {
          stack.icmpInput.receive(now, packet, ip, out);
        } else {
          unknown(now, packet, out);
        }
      }
      case IpProtocol.ESP, IpProtocol.AH, IpProtocol.IPCOMP ->
          stack.security().input(now, packet, protocol, out);
      case IpProtocol.IPV4, IpProtocol.IPV6 -> {
        if (stack.security().opensPlainTunnel(packet)) {
          stack.security().input(now, packet, protocol, out);
        } else {
          unknown(now, packet, out);
        }
      }
      default -> {
        TransportHandler handler = handler(protocol);
        if (handler == null) {
          unknown(now, packet, out);
        } else if (admitted(now, packet, out)) {
          handler.onSegment(now, packet, out);
        }
      }
    }
  }

  private void unknown(long now, Packet packet, Effects out) {
    if (admitted(now, packet, out)) {
      stack.icmpErrors.send(now, IcmpError.PROTOCOL_UNREACHABLE, 0, packet, out);
      out.drop(packet, DropReason.UNKNOWN_PROTOCOL);
    }
  }

  /** The inbound policy check; what came over the loopback is exempt (DST_NOPOLICY). */
  boolean admitted(long now, Packet packet, Effects out) {
    return packet.inPort < 0 && !stack.loopbackProtected()
        || stack.security().admits(now, packet, SecurityPath.Check.IN, out);
  }

  /** An ICMP error quotes a packet that this guest sent. */
  void onError(long now, FlowKey quoted, int firstWord, IcmpError error, int mtu, Effects out) {
    TransportHandler handler = handler(quoted.protocol);
    if (handler != null) {
      handler.onIcmpError(now, quoted, firstWord, error, mtu, out);
    }
  }
}
