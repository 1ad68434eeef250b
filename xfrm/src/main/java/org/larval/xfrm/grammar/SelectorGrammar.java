package org.larval.xfrm.grammar;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Selector;

/**
 * The SELECTOR of {@code ip xfrm}: {@code [src P] [dst P] [proto X [sport N] [dport N] | [type N]
 * [code N] | [key K]]}, in any order, as long as the words fit.
 */
final class SelectorGrammar {
  private static final int ALL = 0xffff;
  private static final Map<String, Integer> OTHER_NAMES =
      Map.of(
          "icmpv6", IpProtocol.ICMPV6,
          "ipip", IpProtocol.IPV4,
          "mobility-header", IpProtocol.MH,
          "udplite", IpProtocol.UDPLITE,
          "dccp", IpProtocol.DCCP,
          "any", 0);

  private final Words words;
  private @Nullable Prefix source;
  private @Nullable Prefix target;
  private int protocol;
  private int sourcePort;
  private int sourceMask;
  private int targetPort;
  private int targetMask;
  private boolean given;

  SelectorGrammar(Words words) {
    this.words = words;
  }

  /** Takes one clause of the selector; false, with nothing taken, if the next word begins none. */
  boolean clause() {
    String word = words.peek();
    switch (word) {
      case "src" -> source = prefixAfter(word, target);
      case "dst" -> target = prefixAfter(word, source);
      case "proto" -> protocolAfter();
      case "dev" -> throw words.unknown("selectors by device are not built yet");
      case "sport", "dport", "type", "code", "key" ->
          throw words.unknown("expected proto with a protocol that has it first");
      default -> {
        return false;
      }
    }
    given = true;
    return true;
  }

  /** Whether any clause was taken. */
  boolean given() {
    return given;
  }

  /** What was read. A missing address is every address of the other's family, else of this. */
  Selector selector(boolean v6) {
    Prefix from = source;
    Prefix to = target;
    boolean family = from != null ? from.address().v6() : to != null ? to.address().v6() : v6;
    Prefix any = Prefix.any(family);
    return new Selector(
        from == null ? any : from.network(),
        to == null ? any : to.network(),
        protocol,
        sourcePort,
        sourceMask,
        targetPort,
        targetMask,
        0);
  }

  private Prefix prefixAfter(String word, @Nullable Prefix other) {
    words.next(word);
    Prefix prefix = words.prefix(word);
    if (other != null && other.address().v6() != prefix.address().v6()) {
      throw words.wrong(
          prefix + " and " + other + " are of different families",
          "expected both IPv4 or both IPv6");
    }
    return prefix;
  }

  private void protocolAfter() {
    words.next("proto");
    protocol = protocolNumber();
    switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.SCTP, IpProtocol.DCCP ->
          details("sport", "dport", 0xffff);
      case IpProtocol.ICMP, IpProtocol.ICMPV6, IpProtocol.MH -> details("type", "code", 0xff);
      case IpProtocol.GRE -> {
        if (words.take("key")) {
          int key = words.u32("the GRE key");
          sourcePort = key >>> 16;
          targetPort = key & ALL;
          sourceMask = ALL;
          targetMask = ALL;
        }
      }
      default -> {}
    }
  }

  private void details(String first, String second, int max) {
    boolean more = true;
    while (more) {
      if (words.take(first)) {
        sourcePort = (int) words.number(first, max);
        sourceMask = ALL;
      } else if (words.take(second)) {
        targetPort = (int) words.number(second, max);
        targetMask = ALL;
      } else {
        more = false;
      }
    }
  }

  private int protocolNumber() {
    String name = words.peek();
    if (!name.isEmpty() && !Character.isDigit(name.charAt(0))) {
      words.next("a protocol");
      Integer other = OTHER_NAMES.get(name);
      if (other != null) {
        return other;
      }
      for (int number = 1; number < 256; number++) {
        if (IpProtocol.name(number).equals(name)) {
          return number;
        }
      }
      throw words.wrong(
          "unknown protocol '" + name + "'",
          "expected a number or a name like tcp, udp, icmp, ipv6-icmp");
    }
    return (int) words.number("a protocol", 255);
  }
}
