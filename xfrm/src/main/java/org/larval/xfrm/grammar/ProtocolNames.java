package org.larval.xfrm.grammar;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/**
 * Names of protocols as {@code ip xfrm} has them: those of selectors come from the protocols(5)
 * list that Linux systems carry, those of SAs from the tool itself.
 */
final class ProtocolNames {
  /** IPSEC_PROTO_ANY: ESP, AH or IPComp. */
  static final int ANY_IPSEC = 255;

  private static final Map<String, Integer> NUMBERS = new LinkedHashMap<>();
  private static final Map<Integer, String> NAMES = new LinkedHashMap<>();

  static {
    String list =
        "ip 0 hopopt 0 icmp 1 igmp 2 ggp 3 ipencap 4 st 5 tcp 6 egp 8 igp 9 pup 12 udp 17 hmp 20"
            + " xns-idp 22 rdp 27 iso-tp4 29 dccp 33 xtp 36 ddp 37 idpr-cmtp 38 ipv6 41"
            + " ipv6-route 43 ipv6-frag 44 idrp 45 rsvp 46 gre 47 esp 50 ah 51 skip 57"
            + " ipv6-icmp 58 ipv6-nonxt 59 ipv6-opts 60 rspf 73 vmtp 81 eigrp 88 ospf 89"
            + " ax.25 93 ipip 94 etherip 97 encap 98 pim 103 ipcomp 108 vrrp 112 l2tp 115"
            + " isis 124 sctp 132 fc 133 mobility-header 135 udplite 136 mpls-in-ip 137"
            + " manet 138 hip 139 shim6 140 wesp 141 rohc 142 ethernet 143";
    String[] words = list.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      int number = Integer.parseInt(words[i + 1]);
      NUMBERS.put(words[i], number);
      NAMES.putIfAbsent(number, words[i]);
    }
    // What people also write.
    NUMBERS.put("any", 0);
    NUMBERS.put("icmpv6", IpProtocol.ICMPV6);
    NUMBERS.put("comp", IpProtocol.IPCOMP);
  }

  private ProtocolNames() {}

  /** The name of a selector's protocol, or its number. */
  static String of(int protocol) {
    String name = NAMES.get(protocol);
    return name == null ? Integer.toString(protocol) : name;
  }

  /** The protocol of a selector by name, or null. */
  static @Nullable Integer number(String name) {
    return NUMBERS.get(name.toLowerCase(Locale.ROOT));
  }

  /** The name of an SA's protocol, or its number. */
  static String ofSa(int protocol) {
    return switch (protocol) {
      case IpProtocol.ESP -> "esp";
      case IpProtocol.AH -> "ah";
      case IpProtocol.IPCOMP -> "comp";
      case IpProtocol.ROUTING -> "route2";
      case IpProtocol.DSTOPTS -> "hao";
      case ANY_IPSEC -> "ipsec-any";
      default -> Integer.toString(protocol);
    };
  }

  /**
   * Takes the protocol of an SA by name or number.
   *
   * @param any whether {@code ipsec-any} has a meaning here
   */
  static int sa(Words words, boolean any) {
    String remedy = "expected proto: esp, ah, comp" + (any ? ", ipsec-any" : "");
    String text = words.next("proto: esp, ah or comp");
    int protocol =
        switch (text) {
          case "esp", "50" -> IpProtocol.ESP;
          case "ah", "51" -> IpProtocol.AH;
          case "comp", "108" -> IpProtocol.IPCOMP;
          case "ipsec-any", "255" -> ANY_IPSEC;
          case "route2", "43", "hao", "60" ->
              throw words.wrong(
                  "proto " + text + " is mobile IPv6, which this house does not have", remedy);
          default -> -1;
        };
    if (protocol < 0 || protocol == ANY_IPSEC && !any) {
      throw words.wrong("unknown proto '" + text + "'", remedy);
    }
    return protocol;
  }
}
