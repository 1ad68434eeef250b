package org.larval.xfrm.grammar;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.crypto.Secret;

/**
 * What listings of states and of policies have in common, blank for blank as iproute2 prints it.
 */
final class Sheet {
  private static final String HIDDEN = "<<Keys hidden>>";

  final ListingFormat format;
  private final StringBuilder out = new StringBuilder();

  /** Stands before every line but the first, below an acquire. */
  private final String prefix;

  Sheet(ListingFormat format, String prefix) {
    this.format = format;
    this.prefix = prefix;
  }

  boolean statistics() {
    return format.statistics();
  }

  /** A line below the first. */
  Sheet line(String text) {
    out.append(prefix).append('\t').append(text).append('\n');
    return this;
  }

  /** Text as it is. */
  Sheet raw(String text) {
    out.append(text);
    return this;
  }

  /** What stands before a line's tab. */
  String prefix() {
    return prefix;
  }

  /** Addresses and, a line below and indented, what identifies an SA. */
  void id(
      String indent,
      IpAddress source,
      IpAddress target,
      int protocol,
      int spi,
      boolean alwaysSpi,
      int reqid,
      Mode mode) {
    raw("src " + source + " dst " + target + "\n");
    StringBuilder text = new StringBuilder("proto ").append(ProtocolNames.ofSa(protocol));
    if (statistics() || alwaysSpi || spi != 0) {
      text.append(" spi ").append(hex8(spi));
      if (statistics()) {
        text.append('(').append(Integer.toUnsignedString(spi)).append(')');
      }
    }
    text.append(" reqid ").append(Integer.toUnsignedString(reqid));
    if (statistics()) {
      text.append('(').append(hex8(reqid)).append(')');
    }
    text.append(" mode ").append(mode.label());
    raw(prefix + indent + text + "\n");
  }

  /** A selector, with what stands before it on its line. */
  void selector(String title, Selector selector) {
    raw(title + words(selector, format));
    raw(statistics() ? "uid 0\n" : "\n");
  }

  /** A selector in words, a blank behind each. */
  static String words(Selector selector, ListingFormat format) {
    StringBuilder text = new StringBuilder();
    text.append("src ").append(selector.source()).append(" dst ").append(selector.target());
    text.append(' ');
    int protocol = selector.protocol();
    if (protocol != 0) {
      text.append("proto ").append(ProtocolNames.of(protocol)).append(' ');
    }
    boolean first = selector.sourceMask() != 0;
    boolean second = selector.targetMask() != 0;
    if (protocol == IpProtocol.GRE) {
      if (first || second) {
        int key = selector.sourcePort() << 16 | selector.targetPort();
        text.append("key ").append(Integer.toUnsignedString(key)).append(' ');
      }
    } else {
      boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
      boolean typed = icmp || protocol == IpProtocol.MH;
      if (first) {
        text.append(typed ? "type " : "sport ").append(selector.sourcePort()).append(' ');
      }
      if (second && (!typed || icmp)) {
        text.append(icmp ? "code " : "dport ").append(selector.targetPort()).append(' ');
      } else if (second && format.statistics()) {
        // The tool shows this number in the byte order of the wire.
        int swapped = Integer.reverseBytes(selector.targetPort()) >>> 16;
        text.append("(dport) 0x%04x ".formatted(swapped));
      }
    }
    if (selector.ifindex() != 0) {
      text.append("dev ").append(format.devices().name(selector.ifindex())).append(' ');
    }
    return text.toString();
  }

  /** Look-up mark and output mark, on one line. */
  void marks(Mark mark, Mark outputMark) {
    StringBuilder text = new StringBuilder();
    if ((mark.value() | mark.mask()) != 0) {
      text.append("mark ").append(hex(mark.value())).append('/').append(hex(mark.mask()));
      text.append(' ');
    }
    if ((outputMark.value() | outputMark.mask()) != 0) {
      text.append("output-mark ").append(hex(outputMark.value()));
      text.append('/').append(hex(outputMark.mask()));
    }
    if (!text.isEmpty()) {
      // The tool leaves its prefix out here.
      raw("\t" + text + "\n");
    }
  }

  /** One algorithm. */
  void algorithm(String kind, String name, Secret key, String after) {
    StringBuilder text = new StringBuilder(kind).append(' ').append(name).append(' ');
    if (format.keys() == ListingFormat.Keys.HIDDEN || key.isDestroyed()) {
      text.append(HIDDEN);
    } else if (key.length() > 0) {
      byte[] bytes = key.getEncoded();
      text.append("0x").append(HexFormat.of().formatHex(bytes));
      Arrays.fill(bytes, (byte) 0);
      if (statistics()) {
        text.append(" (").append(key.length() * Byte.SIZE).append(" bits)");
      }
    }
    line(text + after);
  }

  void label(SecurityLabel label) {
    // The tool leaves its prefix out here too.
    raw("\tsecurity context " + label + " \n");
  }

  void ifId(int ifId) {
    if (ifId != 0) {
      line("if_id " + hex(ifId));
    }
  }

  void lifetimes(Lifetimes limits, long bytes, long packets, long added, long used) {
    line("lifetime config:");
    line(limit(limits.softBytes(), limits.hardBytes(), "bytes"));
    line(limit(limits.softPackets(), limits.hardPackets(), "packets"));
    line(expire("add", limits.softAdd(), limits.hardAdd()));
    line(expire("use", limits.softUse(), limits.hardUse()));
    line("lifetime current:");
    line("  " + bytes + "(bytes), " + packets + "(packets)");
    line("  add " + format.date(added) + " use " + format.date(used));
  }

  private static String limit(long soft, long hard, String unit) {
    return "  limit: soft "
        + limit(soft)
        + "("
        + unit
        + "), hard "
        + limit(hard)
        + "("
        + unit
        + ")";
  }

  private static String limit(long limit) {
    return limit == Lifetimes.INFINITE ? "(INF)" : Long.toString(limit);
  }

  private static String expire(String what, long soft, long hard) {
    return "  expire "
        + what
        + ": soft "
        + seconds(soft)
        + "(sec), hard "
        + seconds(hard)
        + "(sec)";
  }

  private static long seconds(long limit) {
    return limit == Lifetimes.INFINITE ? 0 : limit;
  }

  /** Eight binary digits, behind 0x as the tool has it. */
  static String mask8(int bits) {
    String digits = Integer.toBinaryString(bits & 0xff);
    return " (0x" + "0".repeat(Byte.SIZE - digits.length()) + digits + ")";
  }

  /** As C's {@code %#x}. */
  static String hex(int number) {
    return number == 0 ? "0" : "0x" + Integer.toHexString(number);
  }

  static String hex8(int number) {
    return String.format(Locale.ROOT, "0x%08x", number);
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
