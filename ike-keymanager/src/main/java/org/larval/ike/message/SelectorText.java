package org.larval.ike.message;

import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** Traffic selectors for people, as {@code 10.0.0.0/24[tcp/80]}. */
final class SelectorText {
  private static final int ANY_PORT = 65_535;

  private SelectorText() {}

  static String of(Selector selector) {
    return switch (selector) {
      case Selector.Range range -> addresses(range.first(), range.last()) + traffic(range);
      case Selector.Label label -> "label " + label(label.label());
      case Selector.Other other ->
          (other.type() == Selector.FC_RANGE ? "fc" : "selector-" + other.type())
              + "["
              + other.protocol()
              + "] "
              + PayloadText.hex(other.body());
    };
  }

  private static String label(Octets label) {
    if (label.isEmpty()) {
      return "(empty)";
    }
    int last = label.size() - 1;
    boolean ended = label.at(last) == 0;
    Octets text = ended ? label.slice(0, last) : label;
    return PayloadText.printable(text)
        ? PayloadText.text(text) + (ended ? "" : " (no NUL)")
        : label.toString();
  }

  private static String addresses(IpAddress first, IpAddress last) {
    int bits = first.bits();
    for (int prefix = 0; prefix <= bits; prefix++) {
      if (low(first, prefix).equals(first) && high(first, prefix).equals(last)) {
        return first + "/" + prefix;
      }
    }
    return first + "-" + last;
  }

  private static IpAddress low(IpAddress address, int prefix) {
    return address.v6()
        ? IpAddress.ofV6(
            address.high() & mask(Math.min(prefix, 64)),
            address.low() & mask(Math.max(prefix - 64, 0)))
        : IpAddress.ofV4(address.v4Bits() & (int) (mask(prefix) >>> 32));
  }

  private static IpAddress high(IpAddress address, int prefix) {
    return address.v6()
        ? IpAddress.ofV6(
            address.high() | ~mask(Math.min(prefix, 64)),
            address.low() | ~mask(Math.max(prefix - 64, 0)))
        : IpAddress.ofV4(address.v4Bits() | ~(int) (mask(prefix) >>> 32));
  }

  /** A word whose upper {@code bits} are set. */
  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << 64 - bits;
  }

  private static String traffic(Selector.Range range) {
    boolean anyPort = range.firstPort() == 0 && range.lastPort() == ANY_PORT;
    if (range.protocol() == 0 && anyPort) {
      return "";
    }
    String protocol = range.protocol() == 0 ? "any" : IpProtocol.name(range.protocol());
    return "[" + protocol + (anyPort ? "" : "/" + ports(range)) + "]";
  }

  private static String ports(Selector.Range range) {
    if (range.firstPort() == ANY_PORT && range.lastPort() == 0) {
      return "opaque";
    }
    boolean icmp = range.protocol() == IpProtocol.ICMP || range.protocol() == IpProtocol.ICMPV6;
    String first = icmp ? typeAndCode(range.firstPort()) : Integer.toString(range.firstPort());
    String last = icmp ? typeAndCode(range.lastPort()) : Integer.toString(range.lastPort());
    return first.equals(last) ? first : first + "-" + last;
  }

  private static String typeAndCode(int port) {
    return (port >>> 8) + "(" + (port & 0xff) + ")";
  }
}
