package org.larval.guest;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;

/** What a transport protocol asks of the IP layer. {@link GuestStack} implements it. */
public interface IpOutput {
  /** Where new packets come from. */
  PacketPool pool();

  /** Who is asked about sockets and labels. */
  default SecurityModule securityModule() {
    return SecurityModule.NONE;
  }

  /** The source address that routing would choose for a target, or null without a route. */
  @Nullable IpAddress sourceFor(IpAddress target);

  /**
   * Routes a flow and asks the security path. Never null; {@link Dst#error()} tells ENETUNREACH and
   * the like. The flow's source must be set; the flow is copied if it is kept.
   */
  Dst route(long now, FlowKey flow, Caller caller, Effects out);

  /**
   * Puts an IP header before a transport segment, passes the OUTPUT hook, fragments where it may,
   * and gives the result to the Dst.
   *
   * @param packet reader index at the transport header, checksum already right; taken
   * @param flow addresses and protocol of the segment
   * @param ttl 1 to 255, or 0 for the guest's default
   * @param dontFragment IPv4 DF; a packet larger than the path's MTU is then refused with EMSGSIZE
   *     (IPv6 fragments only if this is false)
   * @return what a system call would answer; the packet is gone in any case
   */
  Errno output(
      long now,
      Packet packet,
      FlowKey flow,
      Dst dst,
      int trafficClass,
      int ttl,
      boolean dontFragment,
      Effects out);

  /**
   * The same for the stack's own answer to a packet, which may repeat some of its options.
   *
   * @param options how many bytes at the packet's reader index are IPv4 options: a multiple of 4,
   *     from {@link EchoedOptions#push}
   */
  default Errno answer(
      long now,
      Packet packet,
      int options,
      FlowKey flow,
      Dst dst,
      int trafficClass,
      boolean dontFragment,
      Effects out) {
    packet.buffer().skipBytes(options);
    return output(now, packet, flow, dst, trafficClass, 0, dontFragment, out);
  }
}
