package org.larval.secmark;

import org.larval.wire.IpProtocol;

/** Protocols by the names that nft gives them; others go by their numbers. */
enum ProtocolName {
  ICMP("icmp", IpProtocol.ICMP),
  TCP("tcp", IpProtocol.TCP),
  UDP("udp", IpProtocol.UDP),
  DCCP("dccp", IpProtocol.DCCP),
  GRE("gre", IpProtocol.GRE),
  ESP("esp", IpProtocol.ESP),
  AH("ah", IpProtocol.AH),
  ICMPV6("icmpv6", IpProtocol.ICMPV6),
  COMP("comp", IpProtocol.IPCOMP),
  SCTP("sctp", IpProtocol.SCTP),
  UDPLITE("udplite", IpProtocol.UDPLITE);

  private final String text;
  private final int number;

  ProtocolName(String text, int number) {
    this.text = text;
    this.number = number;
  }

  static String of(int number) {
    for (ProtocolName name : values()) {
      if (name.number == number) {
        return name.text;
      }
    }
    return Integer.toString(number);
  }

  /** The number of a name, or -1. */
  static int number(String text) {
    for (ProtocolName name : values()) {
      if (name.text.equals(text)) {
        return name.number;
      }
    }
    return -1;
  }
}
