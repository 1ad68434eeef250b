package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;

/**
 * A raw socket that is given whole IP datagrams, headers included (IP_HDRINCL, IPV6_HDRINCL; Linux:
 * raw_send_hdrinc, rawv6_send_hdrinc): route, security look-up, size, OUTPUT, and the way out. It
 * never sleeps and receives nothing.
 *
 * <p>Two differences from Linux, for the sake of replays. Linux lets selectors see protocol 255 and
 * no ports; here they see those of the datagram, as for forwarded packets. Linux repairs the IPv4
 * header checksum; here a wrong one is EINVAL.
 */
public final class RawSocket {
  private final GuestStack stack;
  private final IpHeader ip = new IpHeader();
  private final FlowKey flow = new FlowKey();
  private int label;

  RawSocket(GuestStack stack) {
    this.stack = stack;
  }

  /** The SID of the socket, which its packets carry; 0 for none. */
  public RawSocket label(int sid) {
    label = sid;
    return this;
  }

  /**
   * Sends a datagram.
   *
   * @param packet reader index at its IP header; taken
   * @return OK, EINVAL for a malformed header, EMSGSIZE if it is larger than the NIC's MTU, or the
   *     error of the look-up or output; the packet is gone in any case
   */
  public Errno send(long now, Packet packet, Effects out) {
    DropReason malformed = ip.parse(packet);
    if (malformed != null) {
      out.drop(packet, malformed);
      return Errno.EINVAL;
    }
    packet.inPort = -1;
    packet.label = label;
    packet.origin = Origin.SOCKET;
    if (!flow.decode(packet)) {
      out.drop(packet, DropReason.MALFORMED);
      return Errno.EINVAL;
    }
    Dst dst = stack.route(now, flow, Caller.SOCKET_NONBLOCKING, out);
    if (dst.error() != Errno.OK) {
      return dst.output(now, packet, out);
    }
    if (ip.totalLength > largest()) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    packet.step(now, stack.name(), StepAction.SENT_BY_APPLICATION, null, packet.flow);
    if (!stack.gates.output(now, packet, out)) {
      return stack.gates.refusal();
    }
    return dst.output(now, packet, out);
  }

  /** The device's MTU: a path MTU or an SA's overhead do not count here. */
  private int largest() {
    NetDevice device = stack.plainRoute(flow) instanceof RouteDst plain ? plain.device : null;
    return device == null ? RouteDst.LOOPBACK_MTU : device.mtu;
  }

  /** Whether the datagram at an index is addressed to this guest itself. */
  public boolean isTarget(ByteBuf data, int index, int length) {
    boolean v6 = length > 0 && data.getUnsignedByte(index) >>> 4 == 6;
    if (length < (v6 ? 40 : 20)) {
      return false;
    }
    return stack.routes.isOwn(IpAddress.read(data, index + (v6 ? 24 : 16), v6));
  }
}
