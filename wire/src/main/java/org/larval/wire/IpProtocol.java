package org.larval.wire;

/** IP protocol numbers that rooms of this house handle (IANA). */
public final class IpProtocol {
  public static final int HOPOPT = 0;
  public static final int ICMP = 1;
  public static final int IPV4 = 4;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int IPV6 = 41;
  public static final int ROUTING = 43;
  public static final int FRAGMENT = 44;
  public static final int GRE = 47;
  public static final int ESP = 50;
  public static final int AH = 51;
  public static final int ICMPV6 = 58;
  public static final int NO_NEXT = 59;
  public static final int DSTOPTS = 60;

  /** The pseudo header of BEET mode. */
  public static final int BEET = 94;

  public static final int IPCOMP = 108;
  public static final int SCTP = 132;
  public static final int MH = 135;
  public static final int UDPLITE = 136;
  public static final int DCCP = 33;

  private IpProtocol() {}

  /** The name that iproute2 prints, or the number. */
  public static String name(int protocol) {
    return switch (protocol) {
      case ICMP -> "icmp";
      case IPV4 -> "ipencap";
      case TCP -> "tcp";
      case UDP -> "udp";
      case IPV6 -> "ipv6";
      case GRE -> "gre";
      case ESP -> "esp";
      case AH -> "ah";
      case ICMPV6 -> "ipv6-icmp";
      case IPCOMP -> "comp";
      case SCTP -> "sctp";
      default -> Integer.toString(protocol);
    };
  }
}
