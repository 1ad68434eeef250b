package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.wire.Prefix;

/** Reads one rule, up to the end of its line. */
final class RuleReader {
  private static final String MATCHES =
      "'ip saddr', 'tcp dport', 'meta l4proto', 'meta mark' or 'meta secmark set'";

  private final RuleScanner in;
  private final SecmarkTable table;
  private int version;
  private @Nullable Prefix source;
  private @Nullable Prefix target;
  private int protocol = SecmarkRule.ANY_PROTOCOL;
  private @Nullable PortRange sourcePort;
  private @Nullable PortRange targetPort;
  private int mark;
  private int markMask;

  RuleReader(RuleScanner in, SecmarkTable table) {
    this.in = in;
    this.table = table;
  }

  SecmarkRule read(Sids sids) {
    while (true) {
      switch (in.word()) {
        case "ip", "ip6" -> readAddress();
        case "tcp", "udp", "udplite", "sctp", "dccp" -> readPorts();
        case "mark" -> readMark();
        case "meta" -> {
          in.take();
          if (in.at("secmark")) {
            return readStatement(sids);
          }
          readMeta();
        }
        default -> throw in.unexpected(MATCHES);
      }
    }
  }

  private void readMeta() {
    switch (in.word()) {
      case "nfproto" -> {
        in.take();
        switch (in.word()) {
          case "ipv4" -> setVersion(4);
          case "ipv6" -> setVersion(6);
          default -> throw in.unexpected("ipv4 or ipv6");
        }
        in.take();
      }
      case "l4proto" -> {
        in.take();
        setProtocol(protocolNumber(in.word()));
        in.take();
      }
      case "mark" -> readMark();
      default -> throw in.unexpected("nfproto, l4proto, mark or secmark after 'meta'");
    }
  }

  private void readAddress() {
    int family = in.at("ip") ? 4 : 6;
    setVersion(family);
    in.take();
    switch (in.word()) {
      case "saddr" -> {
        once(source == null);
        in.take();
        source = prefix(family);
      }
      case "daddr" -> {
        once(target == null);
        in.take();
        target = prefix(family);
      }
      case "protocol" -> {
        in.take();
        setProtocol(protocolNumber(in.word()));
        in.take();
      }
      default -> throw in.unexpected("saddr, daddr or protocol");
    }
  }

  private Prefix prefix(int family) {
    String right =
        family == 4
            ? "an address or prefix like 10.0.0.0/8"
            : "an address or prefix like fd00::/64";
    try {
      Prefix prefix = Prefix.parse(in.word());
      if (prefix.address().version() == family) {
        in.take();
        return prefix;
      }
    } catch (IllegalArgumentException e) {
      throw in.unexpected(right);
    }
    throw in.unexpected(right);
  }

  private void readPorts() {
    setProtocol(protocolNumber(in.word()));
    in.take();
    switch (in.word()) {
      case "sport" -> {
        once(sourcePort == null);
        in.take();
        sourcePort = portRange();
      }
      case "dport" -> {
        once(targetPort == null);
        in.take();
        targetPort = portRange();
      }
      default -> throw in.unexpected("sport or dport");
    }
  }

  private PortRange portRange() {
    String text = in.word();
    int dash = text.indexOf('-');
    long first = number(dash < 0 ? text : text.substring(0, dash));
    long last = dash < 0 ? first : number(text.substring(dash + 1));
    if (first < 0 || last < first || last > 65535) {
      throw in.unexpected("a port or a rising range like 1000-2000, within 0-65535");
    }
    in.take();
    return new PortRange((int) first, (int) last);
  }

  private void readMark() {
    once(markMask == 0);
    in.take();
    markMask = -1;
    if (in.at("&") || in.at("and")) {
      in.take();
      markMask = word32();
      if (!in.at("==")) {
        throw in.unexpected("'==' after the mask");
      }
    }
    if (in.at("==")) {
      in.take();
    }
    mark = word32();
    if ((mark & ~markMask) != 0 || markMask == 0) {
      throw in.wrong("the mark cannot equal this under its mask", "a mark within the mask");
    }
  }

  private int word32() {
    long value = number(in.word());
    if (value < 0 || value > 0xffff_ffffL) {
      throw in.unexpected("a number of 32 bits like 0x10");
    }
    in.take();
    return (int) value;
  }

  /** The value of decimal or 0x hexadecimal digits, -1 if they are none or too many. */
  private static long number(String digits) {
    boolean hex = digits.startsWith("0x");
    String text = hex ? digits.substring(2) : digits;
    if (text.isEmpty() || text.length() > 10) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) < 128 ? Character.digit(text.charAt(i), hex ? 16 : 10) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * (hex ? 16 : 10) + digit;
    }
    return value;
  }

  private int protocolNumber(String name) {
    int known = ProtocolName.number(name);
    long number = known >= 0 ? known : number(name);
    if (number < 0 || number > 255) {
      throw in.unexpected("a protocol like tcp, udp, icmp, esp, or its number");
    }
    return (int) number;
  }

  private void setVersion(int family) {
    if (version != 0 && version != family) {
      throw in.wrong("the rule already matches IPv" + version, "one family in a rule");
    }
    version = family;
  }

  private void setProtocol(int number) {
    if (protocol != SecmarkRule.ANY_PROTOCOL && protocol != number) {
      throw in.wrong(
          "the rule already matches protocol " + ProtocolName.of(protocol),
          "one protocol in a rule");
    }
    protocol = number;
  }

  private void once(boolean first) {
    if (!first) {
      throw in.wrong("'" + in.word() + "' stands twice in the rule", "it at most once");
    }
  }

  private SecmarkRule readStatement(Sids sids) {
    in.take();
    in.expect("set", "'set' after 'meta secmark'");
    SecurityContext context = table.context(in);
    if (!in.atLineEnd()) {
      throw in.unexpected("the end of the line after the label");
    }
    return new SecmarkRule(
        version,
        source,
        target,
        protocol,
        sourcePort,
        targetPort,
        mark,
        markMask,
        sids.sid(context),
        context);
  }
}
