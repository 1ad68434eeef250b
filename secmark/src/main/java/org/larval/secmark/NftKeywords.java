package org.larval.secmark;

import java.util.Set;

/** Words that nft's scanner takes for itself wherever they stand: no names, unless in quotes. */
final class NftKeywords {
  private static final Set<String> WORDS =
      Set.of(
          ("accept add ah all and arp auto-merge bridge cgroup chain comment comp constant continue"
               + " counter cpu create ct day dccp define delete describe device devices dnat drop"
               + " dst dup dynamic ecn element elements eq esp ether exists expires export fib"
               + " flags flowtable flush frag fwd gc-interval ge get goto gt handle hbh hook hour"
               + " ibriport ibrname icmp icmpv6 igmp iif iifgroup iifname iiftype import include"
               + " index inet insert interval ip ip6 ipsec jhash jump le limit list log lshift lt"
               + " map mark masquerade meta mh missing monitor ne netdev nftrace not notrack numgen"
               + " obriport obrname offload oif oifgroup oifname oiftype or osf pkttype policy"
               + " position priority queue quota random redefine redirect reject rename replace"
               + " reset return rshift rt rt0 rt2 rtclassid rule ruleset sctp secmark set size"
               + " skgid skuid snat socket srh symhash synproxy table tcp th time timeout tproxy"
               + " type typeof udp udplite undefine update vlan vmap xor xt")
              .split(" ", -1));

  private NftKeywords() {}

  static boolean has(String word) {
    return WORDS.contains(word);
  }
}
