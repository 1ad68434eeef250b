package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Reads values of nft's types: single ones, prefixes and ranges. */
final class NftValues {
  /** The longest interface name, without the final zero. */
  private static final int MAX_INTERFACE = InterfaceName.SIZE - 1;

  private final NftCursor in;
  private final Interfaces interfaces;

  NftValues(NftCursor in, Interfaces interfaces) {
    this.in = in;
    this.interfaces = interfaces;
  }

  /** A value, a prefix or a range. */
  Ranges.Range range(DataType type, int place) {
    return switch (type) {
      case IPV4_ADDR, IPV6_ADDR -> addresses(type == DataType.IPV6_ADDR, place);
      case IFNAME -> interfaceNames(place);
      default -> numbers(type, place);
    };
  }

  private Ranges.Range addresses(boolean v6, int place) {
    NftToken start = in.peek();
    IpAddress first = address(v6);
    if (in.accept("/")) {
      NftToken at = in.peek();
      long length = in.atWord() ? Names.number(in.take().text()) : -1;
      if (length < 0 || length > first.bits()) {
        throw in.wrong(
            at, "the prefix length is not within 0 to " + first.bits(), "write one that is");
      }
      Prefix prefix = new Prefix(first, (int) length).network();
      IpAddress network = prefix.address();
      long highHost = v6 ? length >= 64 ? 0 : length == 0 ? -1L : -1L >>> length : 0;
      long lowHost;
      if (v6) {
        lowHost = length >= 128 ? 0 : length <= 64 ? -1L : -1L >>> (length - 64);
      } else {
        lowHost = length == 32 ? 0 : 0xffff_ffffL >>> length;
      }
      return new Ranges.Range(
          network.high(), network.low(), network.high() | highHost, network.low() | lowHost, place);
    }
    IpAddress last = in.accept("-") ? address(v6) : first;
    if (last.compareTo(first) < 0) {
      throw in.wrong(start, "the range falls from " + first + " to " + last, "let it rise");
    }
    return new Ranges.Range(first.high(), first.low(), last.high(), last.low(), place);
  }

  private IpAddress address(boolean v6) {
    String right = v6 ? "write one like fd00::1" : "write one like 10.0.0.1";
    if (in.atWord()) {
      try {
        IpAddress address = IpAddress.parse(in.peek().text());
        if (address.v6() == v6) {
          in.take();
          return address;
        }
      } catch (IllegalArgumentException e) {
        throw in.wrong(in.peek() + " is no IPv" + (v6 ? 6 : 4) + " address", right);
      }
    }
    throw in.wrong(in.peek() + " is no IPv" + (v6 ? 6 : 4) + " address", right);
  }

  private Ranges.Range interfaceNames(int place) {
    boolean keyword = in.atWord() && NftKeywords.has(in.peek().text());
    if (!in.atWord() && !in.atQuoted() || keyword) {
      throw in.unexpected("write an interface like \"eth0\" or \"eth*\"");
    }
    String name = in.peek().text();
    boolean wildcard = name.endsWith("*") && !name.endsWith("\\*");
    String bare = wildcard ? name.substring(0, name.length() - 1) : name.replace("\\*", "*");
    if (bare.isEmpty() || bare.length() > MAX_INTERFACE) {
      throw in.wrong(
          "an interface name has 1 to " + MAX_INTERFACE + " characters", "write the right name");
    }
    in.take();
    if (wildcard) {
      return InterfaceName.beginning(bare, place);
    }
    long high = InterfaceName.high(bare);
    long low = InterfaceName.low(bare);
    return new Ranges.Range(high, low, high, low, place);
  }

  private Ranges.Range numbers(DataType type, int place) {
    NftToken start = in.peek();
    long first = number(type);
    long last = first;
    if (in.accept("-")) {
      last = number(type);
      if (last < first) {
        throw in.wrong(start, "the range falls from " + first + " to " + last, "let it rise");
      }
    }
    return new Ranges.Range(0, first, 0, last, place);
  }

  /** A single value of up to 32 bits. */
  long number(DataType type) {
    NftToken token = in.peek();
    boolean quotedName = type == DataType.IFINDEX && in.atQuoted();
    if (!in.atWord() && !quotedName) {
      throw in.unexpected("write a value of type " + type);
    }
    String text = token.text();
    Integer named = type == DataType.IFINDEX ? interfaceIndex(text) : Names.number(type, text);
    long value = named != null ? named : numeric(type, text);
    if (value < 0) {
      String what =
          type == DataType.IFINDEX
              ? "no interface is called '" + text + "'"
              : "'" + text + "' is no " + type;
      throw in.wrong(what, "write " + example(type));
    }
    if (Long.compareUnsigned(value, type.max()) > 0) {
      throw in.wrong(
          "the value " + text + " is not within 0 to " + type.max(), "write one that is");
    }
    in.take();
    return value;
  }

  /** Values joined by bars: their bits together. */
  long orList(DataType type) {
    long value = number(type);
    while (in.accept("|") || in.accept("or")) {
      value |= number(type);
    }
    return value;
  }

  /** Values joined by commas, or by bars where they are bits. */
  long flagList(DataType type) {
    long value = number(type);
    while (in.accept(",") || type.isBitmask() && (in.accept("|") || in.accept("or"))) {
      in.skipLineEnds();
      value |= number(type);
    }
    return value;
  }

  private @Nullable Integer interfaceIndex(String text) {
    int index = interfaces.index(text);
    return index < 0 ? null : index;
  }

  private static long numeric(DataType type, String text) {
    if (type == DataType.CT_DIR || type == DataType.INET_SERVICE && text.startsWith("+")) {
      return -1;
    }
    return Names.number(text);
  }

  private static String example(DataType type) {
    return switch (type) {
      case INET_SERVICE -> "a port like 80 or http";
      case INET_PROTO -> "a protocol like tcp or 6";
      case CT_STATE -> "new, established, related, invalid or untracked";
      case CT_STATUS -> "expected, seen-reply, assured, confirmed, snat, dnat or dying";
      case CT_DIR -> "original or reply";
      case ICMP_TYPE, ICMPV6_TYPE -> "a type like echo-request";
      case TCP_FLAG -> "fin, syn, rst, psh, ack, urg, ecn or cwr";
      case NF_PROTO -> "ipv4 or ipv6";
      case IFINDEX -> "the name of an interface that there is";
      case DSCP -> "a name like cs1 or a number up to 63";
      default -> "a number like 0x10";
    };
  }
}
