package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.wire.ArpView;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;

/**
 * ARP (RFC 826): asks for neighbours and answers for the guest's own addresses, for any of them on
 * any NIC as Linux does (arp_ignore=0).
 */
final class Arp {
  private final GuestStack stack;
  private final ArpView arp = new ArpView();

  Arp(GuestStack stack) {
    this.stack = stack;
  }

  /** Reader index at the ARP message. */
  void receive(long now, NetDevice device, Packet packet, Effects out) {
    ByteBuf data = packet.buffer();
    if (arp.wrap(data, data.readerIndex(), data.readableBytes()) != null) {
      out.drop(packet, DropReason.MALFORMED);
      return;
    }
    IpAddress sender = arp.senderIp();
    IpAddress target = arp.targetIp();
    long mac = arp.senderMac();
    if (MacAddress.isGroup(mac) || sender.isMulticast() || stack.routes.isOwn(sender)) {
      out.drop(packet, DropReason.MARTIAN);
      return;
    }
    boolean forUs = stack.routes.isOwn(target) && !target.isLoopback();
    boolean request = arp.operation() == ArpView.REQUEST;
    if (!sender.isAny()) {
      learn(now, device, sender, mac, forUs, request, out);
    }
    if (!forUs) {
      out.drop(packet, DropReason.NOT_FOR_US);
      return;
    }
    if (request) {
      reply(now, device, target, mac, sender, out);
    }
    out.deliver(packet);
  }

  private void learn(
      long now,
      NetDevice device,
      IpAddress sender,
      long mac,
      boolean forUs,
      boolean request,
      Effects out) {
    // only a question to us may make an entry: then we are about to talk to its sender
    Neighbour known =
        forUs && request
            ? stack.neighbours.get(device, sender)
            : stack.neighbours.find(device, sender);
    if (known != null) {
      known.learn(now, mac, forUs && !request, true, out);
    }
  }

  private void reply(
      long now, NetDevice device, IpAddress own, long toMac, IpAddress to, Effects out) {
    send(now, device, ArpView.REPLY, own, toMac, toMac, to, out);
  }

  /** Asks for an address; {@code to} is a MAC for a unicast question, or -1 for a broadcast. */
  void request(
      long now, NetDevice device, IpAddress target, long to, IpAddress source, Effects out) {
    long frame = to < 0 ? MacAddress.BROADCAST.bits() : to;
    send(now, device, ArpView.REQUEST, source, frame, 0, target, out);
  }

  private void send(
      long now,
      NetDevice device,
      int operation,
      IpAddress source,
      long frameTarget,
      long targetMac,
      IpAddress target,
      Effects out) {
    Packet packet = stack.pool().make(now, ArpView.LENGTH);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(ArpView.LENGTH);
    ArpView.emit(data, at, operation, device.mac, source, targetMac, target);
    device.transmit(now, frameTarget, EthernetView.TYPE_ARP, packet, out);
  }
}
