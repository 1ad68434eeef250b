package org.larval.xfrm;

import org.larval.packet.FlowKey;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/**
 * Which flows a policy or state is for (struct xfrm_selector). Ports are values under masks, not
 * ranges; ICMP carries its type as source port and its code as destination port.
 *
 * @param source any source of this prefix
 * @param target any destination of this prefix
 * @param protocol IP protocol, 0 for any
 * @param sourcePort compared under {@code sourceMask}
 * @param sourceMask 0 for any port
 * @param targetPort compared under {@code targetMask}
 * @param targetMask 0 for any port
 * @param ifindex outgoing interface, 0 for any
 */
public record Selector(
    Prefix source,
    Prefix target,
    int protocol,
    int sourcePort,
    int sourceMask,
    int targetPort,
    int targetMask,
    int ifindex) {

  /** Both prefixes are of one family. */
  public Selector {
    if (source.address().v6() != target.address().v6()) {
      throw new IllegalArgumentException(
          "src " + source + " and dst " + target + " are of different families");
    }
  }

  /** Addresses only. */
  public static Selector between(Prefix source, Prefix target) {
    return new Selector(source, target, 0, 0, 0, 0, 0, 0);
  }

  /** Exactly one flow: both addresses, protocol and ports (what an acquire asks for). */
  public static Selector exactly(FlowKey flow) {
    return new Selector(
        Prefix.host(flow.source()),
        Prefix.host(flow.target()),
        flow.protocol,
        flow.sourcePort,
        flow.sourcePort == 0 ? 0 : 0xffff,
        flow.targetPort,
        flow.targetPort == 0 ? 0 : 0xffff,
        flow.oif);
  }

  /** Whether it is for IPv6. */
  public boolean v6() {
    return source.address().v6();
  }

  /** Whether a flow fits (xfrm_selector_match). */
  public boolean matches(FlowKey flow) {
    return flow.v6 == v6()
        && (protocol == 0 || protocol == flow.protocol)
        && ((flow.sourcePort ^ sourcePort) & sourceMask) == 0
        && ((flow.targetPort ^ targetPort) & targetMask) == 0
        && (ifindex == 0 || ifindex == flow.oif)
        && target.contains(flow.targetHigh, flow.targetLow)
        && source.contains(flow.sourceHigh, flow.sourceLow);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("src ").append(source).append(" dst ").append(target);
    if (protocol != 0) {
      text.append(" proto ").append(IpProtocol.name(protocol));
    }
    boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
    if (sourceMask != 0) {
      text.append(icmp ? " type " : " sport ").append(sourcePort);
    }
    if (targetMask != 0) {
      text.append(icmp ? " code " : " dport ").append(targetPort);
    }
    return text.toString();
  }
}
