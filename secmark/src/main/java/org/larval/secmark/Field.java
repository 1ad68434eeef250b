package org.larval.secmark;

import org.larval.wire.IpProtocol;

/** What of a packet a rule can look at. A packet that does not have it does not match. */
enum Field {
  IP_SADDR("ip saddr", DataType.IPV4_ADDR, 4, -1),
  IP_DADDR("ip daddr", DataType.IPV4_ADDR, 4, -1),
  IP_PROTOCOL("ip protocol", DataType.INET_PROTO, 4, -1),
  IP_DSCP("ip dscp", DataType.DSCP, 4, -1),
  IP_TTL("ip ttl", DataType.INTEGER, 4, -1),
  IP_LENGTH("ip length", DataType.INTEGER, 4, -1),
  IP6_SADDR("ip6 saddr", DataType.IPV6_ADDR, 6, -1),
  IP6_DADDR("ip6 daddr", DataType.IPV6_ADDR, 6, -1),
  IP6_NEXTHDR("ip6 nexthdr", DataType.INET_PROTO, 6, -1),
  IP6_DSCP("ip6 dscp", DataType.DSCP, 6, -1),
  IP6_HOPLIMIT("ip6 hoplimit", DataType.INTEGER, 6, -1),
  TCP_SPORT("tcp sport", DataType.INET_SERVICE, 0, IpProtocol.TCP),
  TCP_DPORT("tcp dport", DataType.INET_SERVICE, 0, IpProtocol.TCP),
  TCP_FLAGS("tcp flags", DataType.TCP_FLAG, 0, IpProtocol.TCP),
  UDP_SPORT("udp sport", DataType.INET_SERVICE, 0, IpProtocol.UDP),
  UDP_DPORT("udp dport", DataType.INET_SERVICE, 0, IpProtocol.UDP),
  UDPLITE_SPORT("udplite sport", DataType.INET_SERVICE, 0, IpProtocol.UDPLITE),
  UDPLITE_DPORT("udplite dport", DataType.INET_SERVICE, 0, IpProtocol.UDPLITE),
  SCTP_SPORT("sctp sport", DataType.INET_SERVICE, 0, IpProtocol.SCTP),
  SCTP_DPORT("sctp dport", DataType.INET_SERVICE, 0, IpProtocol.SCTP),
  DCCP_SPORT("dccp sport", DataType.INET_SERVICE, 0, IpProtocol.DCCP),
  DCCP_DPORT("dccp dport", DataType.INET_SERVICE, 0, IpProtocol.DCCP),
  TH_SPORT("th sport", DataType.INET_SERVICE, 0, -1),
  TH_DPORT("th dport", DataType.INET_SERVICE, 0, -1),
  ICMP_TYPE("icmp type", DataType.ICMP_TYPE, 4, IpProtocol.ICMP),
  ICMP_CODE("icmp code", DataType.ICMP_CODE, 4, IpProtocol.ICMP),
  ICMPV6_TYPE("icmpv6 type", DataType.ICMPV6_TYPE, 6, IpProtocol.ICMPV6),
  ICMPV6_CODE("icmpv6 code", DataType.ICMPV6_CODE, 6, IpProtocol.ICMPV6),
  META_L4PROTO("meta l4proto", DataType.INET_PROTO, 0, -1),
  META_NFPROTO("meta nfproto", DataType.NF_PROTO, 0, -1),
  META_PROTOCOL("meta protocol", DataType.ETHER_TYPE, 0, -1),
  META_MARK("meta mark", DataType.MARK, 0, -1),
  META_LENGTH("meta length", DataType.INTEGER, 0, -1),
  IIF("iif", DataType.IFINDEX, 0, -1),
  OIF("oif", DataType.IFINDEX, 0, -1),
  IIFNAME("iifname", DataType.IFNAME, 0, -1),
  OIFNAME("oifname", DataType.IFNAME, 0, -1),
  CT_STATE("ct state", DataType.CT_STATE, 0, -1),
  CT_STATUS("ct status", DataType.CT_STATUS, 0, -1),
  CT_MARK("ct mark", DataType.MARK, 0, -1),
  CT_DIRECTION("ct direction", DataType.CT_DIR, 0, -1);

  private final String text;
  private final DataType type;
  private final int version;
  private final int protocol;

  Field(String text, DataType type, int version, int protocol) {
    this.text = text;
    this.type = type;
    this.version = version;
    this.protocol = protocol;
  }

  DataType type() {
    return type;
  }

  /** 4 or 6 if only packets of this version have it, else 0. */
  int version() {
    return version;
  }

  /** The IP protocol whose packets have it, or -1 for all. */
  int protocol() {
    return protocol;
  }

  /** Whether all packets of the same ends, protocol and interfaces have the same. */
  boolean isOfFlow() {
    return switch (this) {
      case IP_SADDR, IP_DADDR, IP6_SADDR, IP6_DADDR -> true;
      case META_L4PROTO, META_NFPROTO, META_PROTOCOL -> true;
      case IIF, OIF, IIFNAME, OIFNAME -> true;
      case TCP_SPORT, UDP_SPORT, UDPLITE_SPORT, SCTP_SPORT, DCCP_SPORT, TH_SPORT -> true;
      case TCP_DPORT, UDP_DPORT, UDPLITE_DPORT, SCTP_DPORT, DCCP_DPORT, TH_DPORT -> true;
      default -> false;
    };
  }

  boolean usesConntrack() {
    return switch (this) {
      case CT_STATE, CT_STATUS, CT_MARK, CT_DIRECTION -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
