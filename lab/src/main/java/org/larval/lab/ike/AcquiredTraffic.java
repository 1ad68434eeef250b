package org.larval.lab.ike;

import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** The flow that an acquire is for, as traffic selectors of IKE have it. */
public final class AcquiredTraffic {
  private static final int ALL_PORTS = 0xffff;

  private AcquiredTraffic() {}

  /**
   * One side of a flow. ICMP's type and code stand in both sides (RFC 7296 section 3.13.1).
   *
   * @param source the sender's side
   */
  public static Selector.Range side(org.larval.xfrm.Selector flow, boolean source) {
    IpAddress address = (source ? flow.source() : flow.target()).address();
    int protocol = flow.protocol();
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      int port = flow.sourcePort() << 8 | flow.targetPort() & 0xff;
      return new Selector.Range(protocol, port, port, address, address);
    }
    int mask = source ? flow.sourceMask() : flow.targetMask();
    int port = source ? flow.sourcePort() : flow.targetPort();
    return mask == 0
        ? new Selector.Range(protocol, 0, ALL_PORTS, address, address)
        : new Selector.Range(protocol, port, port, address, address);
  }
}
