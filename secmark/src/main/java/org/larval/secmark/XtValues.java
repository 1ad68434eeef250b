package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Reads values as iptables writes them: addresses with masks, ports, marks, interfaces. */
final class XtValues {
  private static final long WORD = 0xffff_ffffL;

  private XtValues() {}

  /** A number of at most {@code max}. */
  static long number(XtLine in, XtWord word, String text, long max) {
    long value = Names.number(text);
    if (value < 0 || value > max) {
      throw in.wrong(word, "'" + text + "' is no number up to " + max, "write one like 16 or 0x10");
    }
    return value;
  }

  /** One number or two with a colon between; an end that is left out is the least or greatest. */
  static Ranges.Range numbers(XtLine in, XtWord word, long max) {
    String text = word.text();
    int colon = text.indexOf(':');
    if (colon < 0) {
      long only = number(in, word, text, max);
      return new Ranges.Range(0, only, 0, only, 0);
    }
    String before = text.substring(0, colon);
    String after = text.substring(colon + 1);
    long first = before.isEmpty() ? 0 : number(in, word, before, max);
    long last = after.isEmpty() ? max : number(in, word, after, max);
    return rising(in, word, first, last);
  }

  private static Ranges.Range rising(XtLine in, XtWord word, long first, long last) {
    if (last < first) {
      throw in.wrong(word, "the range falls from " + first + " to " + last, "let it rise");
    }
    return new Ranges.Range(0, first, 0, last, 0);
  }

  /** A port or a range of them. */
  static Ranges.Range ports(XtLine in, XtWord word, String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      long only = port(in, word, text);
      return new Ranges.Range(0, only, 0, only, 0);
    }
    String before = text.substring(0, colon);
    String after = text.substring(colon + 1);
    return rising(
        in,
        word,
        before.isEmpty() ? 0 : port(in, word, before),
        after.isEmpty() ? 65535 : port(in, word, after));
  }

  private static long port(XtLine in, XtWord word, String text) {
    Integer named = Names.number(DataType.INET_SERVICE, text);
    long value = named != null ? named : Names.number(text);
    if (value < 0 || value > 65535) {
      throw in.wrong(word, "'" + text + "' is no port", "write one like 80, http or 1000:2000");
    }
    return value;
  }

  /** A mark and perhaps a mask of its bits. */
  record MarkAndMask(long mark, long mask) {}

  static MarkAndMask mark(XtLine in, XtWord word) {
    String text = word.text();
    int slash = text.indexOf('/');
    if (slash < 0) {
      return new MarkAndMask(number(in, word, text, WORD), WORD);
    }
    return new MarkAndMask(
        number(in, word, text.substring(0, slash), WORD),
        number(in, word, text.substring(slash + 1), WORD));
  }

  /** An interface, {@code +} at its end for all that begin so. */
  static Ranges.Range device(XtLine in, XtWord word) {
    String name = word.text();
    if (name.isEmpty() || name.length() >= InterfaceName.SIZE) {
      throw in.wrong(
          word,
          "an interface name has 1 to " + (InterfaceName.SIZE - 1) + " characters",
          "write one like eth0 or eth+");
    }
    if (name.endsWith("+")) {
      return InterfaceName.beginning(name.substring(0, name.length() - 1), 0);
    }
    long high = InterfaceName.high(name);
    long low = InterfaceName.low(name);
    return new Ranges.Range(high, low, high, low, 0);
  }

  /** An address with a length or mask behind it. */
  static Match.Compare address(
      XtLine in, XtWord word, String text, boolean v6, Field field, boolean negated) {
    int slash = text.indexOf('/');
    IpAddress address = address(in, word, slash < 0 ? text : text.substring(0, slash), v6);
    if (slash < 0) {
      return Match.Compare.of(field, negated, Ranges.of(address.high(), address.low()));
    }
    String mask = text.substring(slash + 1);
    long length = Names.number(mask);
    if (length >= 0 && length <= (v6 ? 128 : 32)) {
      return Match.Compare.of(field, negated, network(address, (int) length));
    }
    IpAddress bits = v6 || mask.split("\\.", -1).length == 4 ? parsed(mask, v6) : null;
    if (bits == null) {
      throw in.wrong(
          word, "'" + mask + "' is no mask", "write a length like " + (v6 ? "/64" : "/24"));
    }
    Ranges values = Ranges.of(address.high() & bits.high(), address.low() & bits.low());
    return new Match.Compare(field, bits.high(), bits.low(), negated, values);
  }

  private static Ranges network(IpAddress address, int length) {
    IpAddress network = new Prefix(address, length).network().address();
    int host = address.bits() - length;
    long highHost = host <= 64 ? 0 : host == 128 ? -1L : (1L << host - 64) - 1;
    long lowHost = host >= 64 ? -1L : (1L << host) - 1;
    return Ranges.of(
        network.high(), network.low(), network.high() | highHost, network.low() | lowHost);
  }

  /** A whole address, or the first octets of one. */
  static IpAddress address(XtLine in, XtWord word, String text, boolean v6) {
    IpAddress address = parsed(text, v6);
    if (address == null) {
      throw in.wrong(
          word,
          "'" + text + "' is no IPv" + (v6 ? 6 : 4) + " address, and names are not looked up",
          "write one like " + (v6 ? "fd00::1" : "10.0.0.1"));
    }
    return address;
  }

  private static @Nullable IpAddress parsed(String text, boolean v6) {
    if (v6) {
      try {
        IpAddress address = IpAddress.parse(text);
        return address.v6() ? address : null;
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
    String[] octets = text.split("\\.", -1);
    if (octets.length > 4) {
      return null;
    }
    long bits = 0;
    for (int i = 0; i < 4; i++) {
      long octet = i < octets.length ? Names.number(octets[i]) : 0;
      if (octet < 0 || octet > 255) {
        return null;
      }
      bits = bits << 8 | octet;
    }
    return new IpAddress(false, 0, bits);
  }
}
