package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Traffic selectors as sets (RFC 7296 section 2.9). */
final class Ranges {
  private static final int OPAQUE_FIRST = 0xffff;

  private Ranges() {}

  /** What is configured, for the addresses that a side has. */
  static List<Selector.Range> of(List<TrafficSpec> specs, List<IpAddress> hosts) {
    List<Selector.Range> ranges = new ArrayList<>();
    for (TrafficSpec spec : specs) {
      for (IpAddress host : spec.prefix() == null ? hosts : hosts.subList(0, 1)) {
        Selector.Range range = of(spec, spec.addresses(host));
        if (!ranges.contains(range)) {
          ranges.add(range);
        }
      }
    }
    return ranges;
  }

  private static Selector.Range of(TrafficSpec spec, Prefix prefix) {
    return new Selector.Range(
        spec.protocol(),
        spec.firstPort(),
        spec.lastPort(),
        prefix.network().address(),
        last(prefix));
  }

  /** All traffic of the addresses of a prefix. */
  static Selector.Range of(Prefix prefix) {
    return new Selector.Range(0, 0, 0xffff, prefix.network().address(), last(prefix));
  }

  private static IpAddress last(Prefix prefix) {
    if (!prefix.address().v6()) {
      return prefix.broadcast();
    }
    IpAddress first = prefix.network().address();
    int length = prefix.length();
    long high = length >= 64 ? first.high() : first.high() | -1L >>> length;
    long low = length <= 64 ? -1L : length == 128 ? first.low() : first.low() | -1L >>> length - 64;
    return IpAddress.ofV6(high, low);
  }

  /**
   * What of an offer is allowed, in the order of the offer, so that what a triggering packet needs
   * comes first. Nothing that another range already holds.
   */
  static List<Selector.Range> narrow(List<Selector.Range> offer, List<Selector.Range> allowed) {
    List<Selector.Range> narrowed = new ArrayList<>();
    for (Selector.Range one : offer) {
      for (Selector.Range other : allowed) {
        Selector.Range common = common(one, other);
        if (common != null && narrowed.stream().noneMatch(range -> holds(range, common))) {
          narrowed.removeIf(range -> holds(common, range));
          narrowed.add(common);
        }
      }
    }
    return narrowed;
  }

  /** Whether every range of one list lies in some range of another. */
  static boolean within(List<Selector.Range> inner, List<Selector.Range> outer) {
    return inner.stream().allMatch(one -> outer.stream().anyMatch(other -> holds(other, one)));
  }

  /** Whether some traffic is in both. */
  static boolean overlap(List<Selector.Range> some, List<Selector.Range> others) {
    return some.stream().anyMatch(one -> others.stream().anyMatch(two -> common(one, two) != null));
  }

  private static boolean holds(Selector.Range outer, Selector.Range inner) {
    return inner.equals(common(outer, inner));
  }

  private static Selector.@Nullable Range common(Selector.Range one, Selector.Range other) {
    if (one.first().v6() != other.first().v6()) {
      return null;
    }
    int protocol = one.protocol() == 0 ? other.protocol() : one.protocol();
    if (other.protocol() != 0 && other.protocol() != protocol) {
      return null;
    }
    IpAddress first = one.first().compareTo(other.first()) > 0 ? one.first() : other.first();
    IpAddress last = one.last().compareTo(other.last()) < 0 ? one.last() : other.last();
    if (first.compareTo(last) > 0) {
      return null;
    }
    boolean opaque = opaque(one) || opaque(other);
    if (opaque) {
      // OPAQUE stands for ports that cannot be seen: only itself and all ports include it
      boolean both = (opaque(one) || all(one)) && (opaque(other) || all(other));
      return both ? new Selector.Range(protocol, OPAQUE_FIRST, 0, first, last) : null;
    }
    int firstPort = Math.max(one.firstPort(), other.firstPort());
    int lastPort = Math.min(one.lastPort(), other.lastPort());
    return firstPort > lastPort
        ? null
        : new Selector.Range(protocol, firstPort, lastPort, first, last);
  }

  private static boolean opaque(Selector.Range range) {
    return range.firstPort() == OPAQUE_FIRST && range.lastPort() == 0;
  }

  private static boolean all(Selector.Range range) {
    return range.firstPort() == 0 && range.lastPort() == 0xffff;
  }
}
