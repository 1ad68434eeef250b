package org.larval.ike.message;

import org.larval.wire.IpAddress;

/** One traffic selector (RFC 7296 section 3.13.1). */
public sealed interface Selector {
  /** Type of a range of IPv4 addresses. */
  int IPV4_RANGE = 7;

  /** Type of a range of IPv6 addresses. */
  int IPV6_RANGE = 8;

  /** Type of Fibre Channel addresses (RFC 4595). */
  int FC_RANGE = 9;

  /** Type of a security label (RFC 9478). */
  int SECLABEL = 10;

  /** Octets before what depends on the type. */
  int HEADER = 4;

  /** Its number on the wire. */
  int type();

  /**
   * Addresses and ports, ends included. For ICMP a port is type in the upper and code in the lower
   * octet. From 0 to 65535 is any port, from 65535 to 0 is OPAQUE: ports that cannot be seen.
   *
   * @param protocol of IP, 0 for any
   * @param first of the same version as {@code last}; may be the higher one if a peer says so
   */
  record Range(int protocol, int firstPort, int lastPort, IpAddress first, IpAddress last)
      implements Selector {
    /** Checks that both addresses are of one version. */
    public Range {
      if (first.v6() != last.v6()) {
        throw new IllegalArgumentException("a range from " + first + " to " + last);
      }
    }

    @Override
    public int type() {
      return first.v6() ? IPV6_RANGE : IPV4_RANGE;
    }
  }

  /** A security label, opaque to IKE; one without octets is to be ignored. */
  record Label(Octets label) implements Selector {
    @Override
    public int type() {
      return SECLABEL;
    }
  }

  /**
   * Fibre Channel, or anything else that is not known.
   *
   * @param protocol the octet where ranges have their protocol
   * @param body behind type, that octet and the length
   */
  record Other(int type, int protocol, Octets body) implements Selector {}
}
