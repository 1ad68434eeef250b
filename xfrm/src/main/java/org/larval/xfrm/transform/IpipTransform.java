package org.larval.xfrm.transform;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.State;

/**
 * IP in IP without any protection: the companion of IPComp in tunnel mode, for packets that were
 * not worth compressing (net/ipv4/xfrm4_tunnel.c, net/ipv6/xfrm6_tunnel.c).
 */
public final class IpipTransform extends IpsecTransform {
  /** A transform; nothing but the flags counts of the parameters. */
  IpipTransform(SaParameters parameters, TunnelWrapping wrapping) {
    super(parameters, wrapping);
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    DropReason refused = wrapping.admit(sa, packet);
    if (refused != null) {
      return refused;
    }
    int payload = wrapping.wrap(sa, packet, 0, 0, wrapping.next);
    packet.headers(packet.buffer().readerIndex(), payload);
    return null;
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    if (!wrapping.fits(ip)) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    int protocol = ip.protocol();
    return protocol == IpProtocol.IPV4 || protocol == IpProtocol.IPV6
        ? null
        : DropReason.XFRM_IN_STATE_MISMATCH;
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip) {
    DropReason refused = check(now, sa, packet, ip);
    if (refused != null) {
      return refused;
    }
    return wrapping.unwrap(sa, packet, ip, ip.upper(), ip.end() - ip.upper(), ip.protocol());
  }

  @Override
  public int overhead() {
    return wrapping.added();
  }

  @Override
  public int mtu(int linkMtu) {
    return linkMtu - wrapping.added();
  }

  @Override
  public String toString() {
    return "ipip";
  }
}
