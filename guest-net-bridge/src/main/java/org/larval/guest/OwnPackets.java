package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.random.RandomGenerator;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** Puts IP headers on what this guest sends, and takes it through OUTPUT on its way. */
final class OwnPackets {
  private static final long HASH = 0x9e37_79b9_7f4a_7c15L;

  private final GuestStack stack;
  private final long flowLabelSecret;
  private int identification;

  /** Takes an identification and a secret from the random stream. */
  OwnPackets(GuestStack stack, RandomGenerator random) {
    this.stack = stack;
    identification = random.nextInt();
    flowLabelSecret = random.nextLong();
  }

  /**
   * Sends a payload.
   *
   * @param options bytes of IPv4 options before it that are a part of the header
   * @param ttl 0 for the guest's own
   */
  Errno emit(
      long now,
      Packet packet,
      int options,
      FlowKey flow,
      Dst dst,
      int trafficClass,
      int ttl,
      boolean dontFragment,
      Effects out) {
    int payload = packet.length() - options;
    int header = flow.v6 ? Ipv6View.HEADER : Ipv4View.HEADER + options;
    int total = header + payload;
    boolean tooLong = (flow.v6 ? payload : total) > 65_535;
    if (dst.error() == Errno.OK && (tooLong || (dontFragment && total > dst.mtu()))) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    packet.push(header - options);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int hops = ttl == 0 ? stack.config().ttl() : ttl;
    if (flow.v6) {
      Ipv6View.emit(
          data,
          at,
          trafficClass,
          flowLabel(flow),
          payload,
          flow.protocol,
          hops,
          flow.source(),
          flow.target());
    } else {
      Ipv4View.emit(
          data,
          at,
          header,
          total,
          trafficClass,
          nextIdentification() & 0xffff,
          dontFragment ? Ipv4View.DONT_FRAGMENT : 0,
          hops,
          flow.protocol,
          flow.source(),
          flow.target());
    }
    packet.headers(at, at + header);
    packet.label = flow.label;
    packet.mark = flow.mark;
    packet.inPort = -1;
    packet.outPort = dst.device() - 1;
    if (dst.error() != Errno.OK) {
      return dst.output(now, packet, out);
    }
    if (!stack.gates.output(now, packet, out)) {
      return stack.gates.refusal();
    }
    if (dontFragment && packet.length() > dst.mtu()) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    return dst.output(now, packet, out);
  }

  /** 20 bits that are the same for all packets of a flow (RFC 6437, auto_flowlabels). */
  private int flowLabel(FlowKey flow) {
    long hash = flowLabelSecret;
    hash = (hash ^ flow.sourceHigh) * HASH;
    hash = (hash ^ flow.sourceLow) * HASH;
    hash = (hash ^ flow.targetHigh) * HASH;
    hash = (hash ^ flow.targetLow) * HASH;
    hash = (hash ^ (flow.protocol << 16 | flow.sourcePort)) * HASH;
    hash = (hash ^ flow.targetPort) * HASH;
    return (int) (hash >>> 44);
  }

  int nextIdentification() {
    return identification++;
  }
}
