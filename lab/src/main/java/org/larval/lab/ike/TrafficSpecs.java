package org.larval.lab.ike;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.TrafficSpec;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** Traffic as swanctl.conf writes it: {@code 10.1.0.0/16[tcp/80-90]}, {@code dynamic[udp]}. */
final class TrafficSpecs {
  private static final Pattern FORM =
      Pattern.compile("([^\\[\\]]+)(?:\\[([^\\[\\]/]*)(?:/(.*))?])?");
  private static final int LAST = 0xffff;

  private TrafficSpecs() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException with what would be right behind a semicolon
   */
  static TrafficSpec parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw wrong(text, "write it like 10.1.0.0/16 or 10.1.0.1[tcp/443]");
    }
    String where = matcher.group(1).strip();
    if (where.indexOf('-') >= 0) {
      throw wrong(text, "write the range of addresses as prefixes");
    }
    Prefix prefix = where.equals("dynamic") ? null : Prefix.parse(where).network();
    int protocol = protocol(matcher.group(2), text);
    String ports = matcher.group(3);
    if (ports == null || ports.equals("any") || ports.equals("%any")) {
      return new TrafficSpec(prefix, protocol, 0, LAST);
    }
    if (ports.equals("opaque")) {
      return new TrafficSpec(prefix, protocol, LAST, 0);
    }
    boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
    String[] ends = ports.split("-", 2);
    int first = port(ends[0], text);
    int last = ends.length == 1 ? first : port(ends[1], text);
    if (first > last) {
      throw wrong(text, "write the lower port first");
    }
    if (icmp && last <= 0xff) {
      // a type alone stands for all its codes
      return new TrafficSpec(prefix, protocol, first << 8, last << 8 | 0xff);
    }
    return new TrafficSpec(prefix, protocol, first, last);
  }

  private static int protocol(@Nullable String word, String text) {
    if (word == null || word.isEmpty() || word.equals("any") || word.equals("%any")) {
      return 0;
    }
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "tcp" -> IpProtocol.TCP;
      case "udp" -> IpProtocol.UDP;
      case "icmp" -> IpProtocol.ICMP;
      case "icmpv6", "ipv6-icmp" -> IpProtocol.ICMPV6;
      case "sctp" -> IpProtocol.SCTP;
      case "gre" -> IpProtocol.GRE;
      default -> number(word, 255, text);
    };
  }

  private static int port(String word, String text) {
    return number(word.strip(), LAST, text);
  }

  private static int number(String word, int most, String text) {
    try {
      int number = Integer.parseInt(word);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // the complaint below fits this too
    }
    throw wrong(text, "'" + word + "' should be a number from 0 to " + most);
  }

  private static IllegalArgumentException wrong(String text, String right) {
    return new IllegalArgumentException("'" + text + "' is no traffic selector; " + right);
  }
}
