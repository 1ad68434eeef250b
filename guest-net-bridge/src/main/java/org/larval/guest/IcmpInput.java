package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Checksum;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Malformed;

/** ICMP and ICMPv6 for this guest: answers echoes, passes errors on to whom they concern. */
final class IcmpInput {
  /** Plateaus of RFC 1191 7.1, for routers that do not tell their MTU. */
  private static final int[] PLATEAUS = {32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 552};

  private final GuestStack stack;
  private final IcmpView icmp4 = new IcmpView();
  private final Icmpv6View icmp6 = new Icmpv6View();
  private final QuotedPacket quoted = new QuotedPacket();
  private final FlowKey flow = new FlowKey();

  IcmpInput(GuestStack stack) {
    this.stack = stack;
  }

  /** Takes a whole packet; {@code ip} was parsed from it. */
  void receive(long now, Packet packet, IpHeader ip, Effects out) {
    ByteBuf data = packet.buffer();
    boolean v6 = ip.v6;
    Malformed malformed;
    if (v6) {
      long pseudo =
          Checksum.pseudoHeader(data, ip.start, true, IpProtocol.ICMPV6, ip.payloadLength);
      malformed = icmp6.wrap(data, ip.payload, ip.payloadLength, pseudo);
    } else {
      malformed = icmp4.wrap(data, ip.payload, ip.payloadLength);
    }
    if (malformed != null) {
      boolean checksum = malformed == Malformed.BAD_CHECKSUM;
      out.drop(packet, checksum ? DropReason.BAD_CHECKSUM : DropReason.MALFORMED);
      return;
    }
    int type = v6 ? icmp6.type() : icmp4.type();
    if (v6 && type >= 133 && type <= 137) {
      discover(now, packet, ip, out);
      return;
    }
    if (!stack.localDelivery.admitted(now, packet, out)) {
      return;
    }
    if (type == (v6 ? Icmpv6View.ECHO : IcmpView.ECHO)) {
      answer(now, packet, ip, out);
    } else if (type == (v6 ? Icmpv6View.ECHO_REPLY : IcmpView.ECHO_REPLY)) {
      stack.pings.receive(now, packet, v6 ? icmp6.identifier() : icmp4.identifier(), out);
      return;
    } else {
      error(now, packet, v6, type, out);
    }
    out.deliver(packet);
  }

  private void discover(long now, Packet packet, IpHeader ip, Effects out) {
    if (ip.ttl != 255 || packet.inPort < 0) {
      out.drop(packet, DropReason.MALFORMED);
      return;
    }
    NetDevice device = stack.device(packet.inPort);
    stack.neighbourDiscovery.receive(now, device, packet, ip, icmp6, out);
  }

  /** Sends an echo reply; it takes the request's label, as in icmp_reply. */
  private void answer(long now, Packet request, IpHeader ip, Effects out) {
    boolean v6 = ip.v6;
    IpAddress target = ip.source();
    boolean unicast = stack.routes.isOwn(v6, ip.targetHigh, ip.targetLow);
    if (!unicast && !v6) {
      // net.ipv4.icmp_echo_ignore_broadcasts
      return;
    }
    if (request.flow != 0) {
      stack.flowLog().received(now, request.flow, request.sequence);
    }
    IpAddress source = unicast ? ip.target() : stack.sourceFor(target);
    if (source == null) {
      return;
    }
    int type = v6 ? Icmpv6View.ECHO_REPLY : IcmpView.ECHO_REPLY;
    flow.addresses(source, target);
    flow.ports(v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP, type, 0);
    flow.oif = v6 && target.isLinkLocal6() ? request.inPort + 1 : 0;
    flow.label = request.label;
    flow.mark = 0;
    flow.trafficClass = ip.trafficClass;
    // icmp_reply may wait in a hold queue; icmpv6_echo_reply looks up without that leave
    Caller caller = v6 ? Caller.STACK : Caller.SOCKET_SOFTIRQ;
    Dst dst = stack.route(now, flow, caller, out);
    if (dst.error() != Errno.OK) {
      request.step(now, stack.name(), StepAction.REFUSED, dst.error());
      return;
    }
    int length = ip.payloadLength;
    Packet reply = stack.pool().make(now, length + IpHeader.LONGEST);
    reply.flow = request.flow;
    reply.sequence = request.sequence;
    ByteBuf data = reply.buffer();
    int at = data.readerIndex();
    data.writeBytes(request.buffer(), ip.payload, length);
    int rest = data.getInt(at + 4);
    if (v6) {
      long pseudo = Checksum.pseudoHeader(source, target, IpProtocol.ICMPV6, length);
      Icmpv6View.emit(data, at, type, 0, rest, length, pseudo);
    } else {
      IcmpView.emit(data, at, type, 0, rest, length);
    }
    int options = EchoedOptions.push(reply, request.buffer(), ip.start);
    stack.answer(now, reply, options, flow, dst, ip.trafficClass, false, out);
  }

  private void error(long now, Packet packet, boolean v6, int type, Effects out) {
    IcmpError error = IcmpError.of(v6, type, v6 ? icmp6.code() : icmp4.code());
    if (error == null) {
      return;
    }
    int mtu = 0;
    if (error == IcmpError.PACKET_TOO_BIG) {
      mtu = v6 ? (int) Math.min(65_535, icmp6.mtu()) : icmp4.nextHopMtu();
    }
    int at = v6 ? icmp6.payload() : icmp4.payload();
    int length = v6 ? icmp6.payloadLength() : icmp4.payloadLength();
    tell(now, error, mtu, packet.buffer(), at, length, out);
  }

  /**
   * Tells whoever sent the packet whose beginning stands at an index.
   *
   * @param announcedMtu of {@link IcmpError#PACKET_TOO_BIG}, 0 if the router did not tell
   */
  void tell(
      long now, IcmpError error, int announcedMtu, ByteBuf data, int at, int length, Effects out) {
    if (!quoted.read(data, at, length)) {
      return;
    }
    FlowKey sent = quoted.flow;
    if (!stack.routes.isOwn(sent.v6, sent.sourceHigh, sent.sourceLow)) {
      return;
    }
    if (isIpsec(sent.protocol) && !stack.security().sent(sent, spi(sent))) {
      return;
    }
    int mtu = 0;
    if (error == IcmpError.PACKET_TOO_BIG) {
      int told = announcedMtu != 0 ? announcedMtu : plateau(quoted.totalLength);
      IpAddress target = sent.target();
      stack.pathMtus.lower(now, target, told);
      mtu = stack.pathMtus.mtu(target, told);
    }
    switch (sent.protocol) {
      case IpProtocol.UDP -> stack.udp.onError(sent, error);
      case IpProtocol.ICMP, IpProtocol.ICMPV6 ->
          stack.pings.onError(now, quoted.firstWord, error, out);
      default -> stack.localDelivery.onError(now, sent, quoted.firstWord, error, mtu, out);
    }
  }

  private static boolean isIpsec(int protocol) {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }

  /** The SPI stands where other protocols have their ports; in AH after them. */
  private int spi(FlowKey sent) {
    return switch (sent.protocol) {
      case IpProtocol.AH -> quoted.firstWord;
      case IpProtocol.IPCOMP -> sent.targetPort;
      default -> sent.sourcePort << 16 | sent.targetPort;
    };
  }

  private static int plateau(int size) {
    for (int plateau : PLATEAUS) {
      if (plateau < size) {
        return plateau;
      }
    }
    return PathMtus.LEAST_V4;
  }
}
