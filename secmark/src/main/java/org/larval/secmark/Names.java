package org.larval.secmark;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words that rules may write for numbers: those of nft and iptables, /etc/services, /etc/protocols.
 */
final class Names {
  private static final Map<String, Integer> SERVICES =
      map(
          "tcpmux 1 echo 7 discard 9 systat 11 daytime 13 netstat 15 qotd 17 chargen 19 ftp-data 20"
              + " ftp 21 ssh 22 telnet 23 smtp 25 time 37 whois 43 tacacs 49 domain 53 bootps 67"
              + " bootpc 68 tftp 69 gopher 70 finger 79 http 80 kerberos 88 iso-tsap 102"
              + " acr-nema 104 pop3 110 sunrpc 111 auth 113 nntp 119 ntp 123 epmap 135"
              + " netbios-ns 137 netbios-dgm 138 netbios-ssn 139 imap2 143 snmp 161 snmp-trap 162"
              + " cmip-man 163 mailq 174 xdmcp 177 bgp 179 irc 194 smux 199 ldap 389 https 443"
              + " snpp 444 microsoft-ds 445 kpasswd 464 submissions 465 saft 487 isakmp 500"
              + " rtsp 554 nqs 607 asf-rmcp 623 qmqp 628 ipp 631 ldaps 636 exec 512 login 513"
              + " shell 514 syslog 514 printer 515 talk 517 ntalk 518 route 520 gdomap 538 uucp 540"
              + " klogin 543 kshell 544 dhcpv6-client 546 dhcpv6-server 547 afpovertcp 548"
              + " nntps 563 submission 587 ldp 646 tinc 655 silc 706 kerberos-adm 749"
              + " domain-s 853 rsync 873 ftps-data 989 ftps 990 telnets 992 imaps 993 pop3s 995"
              + " socks 1080 proofd 1093 rmiregistry 1099 openvpn 1194 ms-sql-s 1433"
              + " ms-sql-m 1434 ingreslock 1524 datametrics 1645 kermit 1649 groupwise 1677"
              + " l2f 1701 radius 1812 radius-acct 1813 cisco-sccp 2000 nfs 2049 gnunet 2086"
              + " zookeeper 2181 iprop 2121 gsiftp 2811 gpsd 2947 gds-db 3050 icpv2 3130"
              + " isns 3205 iscsi-target 3260 mysql 3306 nut 3493 distcc 3632 daap 3689 svn 3690"
              + " epmd 4369 remctl 4373 f5-iquery 4353 mtn 4691 iax 4569 radmin-port 4899 sip 5060"
              + " sip-tls 5061 xmpp-client 5222 xmpp-server 5269 cfengine 5308 mdns 5353"
              + " postgresql 5432 freeciv 5556 amqps 5671 amqp 5672 x11 6000 redis 6379"
              + " webcache 8080 puppet 8140 http-alt 8080 git 9418 webmin 10000 ipsec-nat-t 4500");

  private static final Map<String, Integer> PROTOCOLS =
      map(
          "ip 0 hopopt 0 icmp 1 igmp 2 ggp 3 ipencap 4 st 5 tcp 6 egp 8 igp 9 pup 12 udp 17 hmp 20"
              + " xns-idp 22 rdp 27 iso-tp4 29 dccp 33 xtp 36 ddp 37 idpr-cmtp 38 ipv6 41"
              + " ipv6-route 43 ipv6-frag 44 idrp 45 rsvp 46 gre 47 esp 50 ah 51 skip 57"
              + " ipv6-icmp 58 icmpv6 58 ipv6-nonxt 59 ipv6-opts 60 rspf 73 vmtp 81 eigrp 88"
              + " ospf 89 ax.25 93 ipip 94 etherip 97 encap 98 pim 103 comp 108 ipcomp 108 vrrp 112"
              + " l2tp 115 isis 124 sctp 132 fc 133 mobility-header 135 ipv6-mh 135 udplite 136"
              + " mpls-in-ip 137 manet 138 hip 139 shim6 140 wesp 141 rohc 142");

  private static final Map<String, Integer> ICMP_TYPES =
      map(
          "echo-reply 0 destination-unreachable 3 source-quench 4 redirect 5 echo-request 8"
              + " router-advertisement 9 router-solicitation 10 time-exceeded 11"
              + " parameter-problem 12 timestamp-request 13 timestamp-reply 14 info-request 15"
              + " info-reply 16 address-mask-request 17 address-mask-reply 18");

  private static final Map<String, Integer> ICMPV6_TYPES =
      map(
          "destination-unreachable 1 packet-too-big 2 time-exceeded 3 parameter-problem 4"
              + " echo-request 128 echo-reply 129 mld-listener-query 130 mld-listener-report 131"
              + " mld-listener-done 132 mld-listener-reduction 132 nd-router-solicit 133"
              + " nd-router-advert 134 nd-neighbor-solicit 135 nd-neighbor-advert 136"
              + " nd-redirect 137 router-renumbering 138 ind-neighbor-solicit 141"
              + " ind-neighbor-advert 142 mld2-listener-report 143");

  private static final Map<String, Integer> ICMP_CODES =
      map(
          "net-unreachable 0 host-unreachable 1 prot-unreachable 2 port-unreachable 3"
              + " frag-needed 4 net-prohibited 9 host-prohibited 10 admin-prohibited 13");

  private static final Map<String, Integer> ICMPV6_CODES =
      map(
          "no-route 0 admin-prohibited 1 addr-unreachable 3 port-unreachable 4 policy-fail 5"
              + " reject-route 6");

  private static final Map<String, Integer> TCP_FLAGS =
      map("fin 1 syn 2 rst 4 psh 8 ack 16 urg 32 ecn 64 cwr 128");

  private static final Map<String, Integer> STATES =
      map("invalid 1 established 2 related 4 new 8 untracked 64");

  private static final Map<String, Integer> STATUS =
      map("expected 1 seen-reply 2 assured 4 confirmed 8 snat 16 dnat 32 dying 512");

  private static final Map<String, Integer> DIRECTIONS = map("original 0 reply 1");

  private static final Map<String, Integer> DSCPS =
      map(
          "cs0 0 cs1 8 cs2 16 cs3 24 cs4 32 cs5 40 cs6 48 cs7 56 df 0 be 0 lephb 1 af11 10 af12 12"
              + " af13 14 af21 18 af22 20 af23 22 af31 26 af32 28 af33 30 af41 34 af42 36"
              + " af43 38 va 44 ef 46");

  private static final Map<String, Integer> ETHER_TYPES =
      map("ip 2048 arp 2054 ip6 34525 8021q 33024 8021ad 34984 vlan 33024");

  private static final Map<String, Integer> FAMILIES = map("ipv4 2 ipv6 10");

  private Names() {}

  private static Map<String, Integer> map(String text) {
    Map<String, Integer> map = new HashMap<>();
    String[] words = text.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      map.put(words[i], Integer.valueOf(words[i + 1]));
    }
    return map;
  }

  /** The number of a word of a type, or null. */
  static @Nullable Integer number(DataType type, String word) {
    return switch (type) {
      case INET_SERVICE -> SERVICES.get(word);
      case INET_PROTO -> PROTOCOLS.get(word);
      case ICMP_TYPE -> ICMP_TYPES.get(word);
      case ICMPV6_TYPE -> ICMPV6_TYPES.get(word);
      case ICMP_CODE -> ICMP_CODES.get(word);
      case ICMPV6_CODE -> ICMPV6_CODES.get(word);
      case TCP_FLAG -> TCP_FLAGS.get(word);
      case CT_STATE -> STATES.get(word);
      case CT_STATUS -> STATUS.get(word);
      case CT_DIR -> DIRECTIONS.get(word);
      case DSCP -> DSCPS.get(word);
      case ETHER_TYPE -> ETHER_TYPES.get(word);
      case NF_PROTO -> FAMILIES.get(word);
      default -> null;
    };
  }

  /** The number of a protocol as iptables takes it: names in any case. */
  static @Nullable Integer protocol(String word) {
    return PROTOCOLS.get(word.toLowerCase(Locale.ROOT));
  }

  /** A number of decimal, octal or hexadecimal digits as strtoul reads it, or -1. */
  static long number(String text) {
    int radix = 10;
    String digits = text;
    if (text.startsWith("0x") || text.startsWith("0X")) {
      radix = 16;
      digits = text.substring(2);
    } else if (text.length() > 1 && text.startsWith("0")) {
      radix = 8;
    }
    if (digits.isEmpty() || digits.length() > 12) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      int digit = c < 128 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
    }
    return value;
  }
}
