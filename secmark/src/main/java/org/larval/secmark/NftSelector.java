package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/** Reads what a match looks at, and keeps a rule from looking at two protocols at once. */
final class NftSelector {
  private final NftCursor in;
  private int version;
  private int protocol = -1;

  /**
   * For one rule.
   *
   * @param version 4 or 6 where the table has only this, else 0
   */
  NftSelector(NftCursor in, int version) {
    this.in = in;
    this.version = version;
  }

  /** Whether a selector begins here. */
  boolean here() {
    return switch (in.peek().text()) {
      case "ip", "ip6", "tcp", "udp", "udplite", "sctp", "dccp", "th", "icmp", "icmpv6" ->
          in.atWord();
      case "meta", "ct" -> in.atWord() && !in.peek(2).is("set");
      case "mark", "iif", "oif", "iifname", "oifname", "l4proto", "nfproto" ->
          in.atWord() && !in.peek(1).is("set");
      default -> false;
    };
  }

  /** One or several joined by dots. */
  List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    do {
      fields.add(field());
    } while (in.accept("."));
    return fields;
  }

  /** One. */
  Field field() {
    NftToken start = in.peek();
    String first = in.word("what to look at, such as 'tcp dport' or 'ct state'");
    String text =
        switch (first) {
          case "mark", "l4proto", "nfproto" -> "meta " + first;
          case "iif", "oif", "iifname", "oifname" -> first;
          case "meta" -> meta(in.word("a key of meta, such as mark or l4proto"));
          default -> first + " " + in.word("a field of " + first);
        };
    Field field = named(text);
    if (field == null) {
      throw in.wrong(
          start,
          "'" + text + "' is not built or does not exist",
          "match addresses, ports, protocols, interfaces, ct or mark");
    }
    require(start, field);
    return field;
  }

  private static @Nullable Field named(String text) {
    for (Field field : Field.values()) {
      if (field.toString().equals(text)) {
        return field;
      }
    }
    return null;
  }

  private static String meta(String key) {
    return switch (key) {
      case "iif", "oif", "iifname", "oifname" -> key;
      default -> "meta " + key;
    };
  }

  private void require(NftToken where, Field field) {
    if (field.version() != 0) {
      requireVersion(where, field.version());
    }
    if (field.protocol() >= 0) {
      requireProtocol(where, field.protocol());
    }
  }

  private void requireVersion(NftToken where, int wanted) {
    if (version != 0 && version != wanted) {
      throw in.wrong(
          where,
          "the rule is for IPv" + version + " and this for IPv" + wanted,
          "use two rules, in a table of the inet family");
    }
    version = wanted;
  }

  private void requireProtocol(NftToken where, int wanted) {
    if (protocol >= 0 && protocol != wanted) {
      throw in.wrong(
          where,
          "the rule is for "
              + IpProtocol.name(protocol)
              + " and this for "
              + IpProtocol.name(wanted),
          "use two rules");
    }
    protocol = wanted;
  }

  /** A rule found that a field has one value: what comes later must go with it. */
  void learn(NftToken where, Field field, long value) {
    switch (field) {
      case META_L4PROTO, IP_PROTOCOL, IP6_NEXTHDR -> requireProtocol(where, (int) value);
      case META_NFPROTO -> requireVersion(where, value == 2 ? 4 : 6);
      case META_PROTOCOL -> {
        if (value == 0x800 || value == 0x86dd) {
          requireVersion(where, value == 0x800 ? 4 : 6);
        }
      }
      default -> {}
    }
  }
}
