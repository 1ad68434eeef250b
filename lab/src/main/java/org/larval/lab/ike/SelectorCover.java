package org.larval.lab.ike;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/**
 * Ranges of IKE as the prefixes and masks of xfrm selectors, which together are exactly as wide.
 */
final class SelectorCover {
  /** Selectors that one child may have in each direction. */
  static final int MOST = 256;

  private static final int ALL_PORTS = 0xffff;

  /** Ports under a mask. */
  private record Ports(int value, int mask) {}

  private SelectorCover() {}

  /**
   * The selectors of the packets from one side to the other.
   *
   * @throws IllegalArgumentException if they are more than {@link #MOST}
   */
  static List<org.larval.xfrm.Selector> of(
      List<Selector.Range> sources, List<Selector.Range> targets) {
    List<org.larval.xfrm.Selector> selectors = new ArrayList<>();
    for (Selector.Range source : sources) {
      for (Selector.Range target : targets) {
        boolean fits =
            source.first().v6() == target.first().v6()
                && (source.protocol() == target.protocol()
                    || source.protocol() == 0
                    || target.protocol() == 0);
        if (fits) {
          add(selectors, source, target);
        }
      }
    }
    return selectors;
  }

  private static void add(
      List<org.larval.xfrm.Selector> selectors, Selector.Range source, Selector.Range target) {
    int protocol = source.protocol() == 0 ? target.protocol() : source.protocol();
    boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
    for (Prefix from : prefixes(source.first(), source.last())) {
      for (Prefix to : prefixes(target.first(), target.last())) {
        for (Ports fromPorts : ports(source)) {
          for (Ports toPorts : ports(target)) {
            if (selectors.size() == MOST) {
              throw new IllegalArgumentException(
                  "its traffic selectors take more than " + MOST + " policies");
            }
            selectors.add(
                icmp
                    ? icmp(from, to, protocol, fromPorts)
                    : new org.larval.xfrm.Selector(
                        from,
                        to,
                        protocol,
                        fromPorts.value(),
                        fromPorts.mask(),
                        toPorts.value(),
                        toPorts.mask(),
                        0));
          }
        }
      }
    }
  }

  /** Type and code stand in one port of IKE and in two of xfrm. */
  private static org.larval.xfrm.Selector icmp(Prefix from, Prefix to, int protocol, Ports ports) {
    return new org.larval.xfrm.Selector(
        from,
        to,
        protocol,
        ports.value() >>> 8,
        ports.mask() >>> 8,
        ports.value() & 0xff,
        ports.mask() & 0xff,
        0);
  }

  private static List<Ports> ports(Selector.Range range) {
    List<Ports> cover = new ArrayList<>();
    int first = range.firstPort();
    int last = range.lastPort();
    if (first > last) {
      // OPAQUE: those packets whose ports cannot be seen, which xfrm gives 0
      return List.of(new Ports(0, ALL_PORTS));
    }
    while (first <= last) {
      int size = first == 0 ? ALL_PORTS + 1 : Integer.lowestOneBit(first);
      while (first + size - 1 > last) {
        size >>= 1;
      }
      cover.add(new Ports(first, ALL_PORTS & ~(size - 1)));
      first += size;
    }
    return cover;
  }

  /** The prefixes that a range of addresses consists of, at most {@link #MOST}. */
  static List<Prefix> prefixes(IpAddress first, IpAddress last) {
    List<Prefix> cover = new ArrayList<>();
    int bits = first.bits();
    BigInteger from = number(first);
    BigInteger to = number(last);
    while (from.compareTo(to) <= 0) {
      int size = from.signum() == 0 ? bits : Math.min(bits, from.getLowestSetBit());
      while (from.add(BigInteger.ONE.shiftLeft(size)).subtract(BigInteger.ONE).compareTo(to) > 0) {
        size--;
      }
      if (cover.size() == MOST) {
        throw new IllegalArgumentException(
            "the range " + first + " to " + last + " takes more than " + MOST + " prefixes");
      }
      cover.add(new Prefix(address(from, first.v6()), bits - size));
      from = from.add(BigInteger.ONE.shiftLeft(size));
    }
    return cover;
  }

  private static BigInteger number(IpAddress address) {
    BigInteger low = new BigInteger(Long.toUnsignedString(address.low()));
    return new BigInteger(Long.toUnsignedString(address.high())).shiftLeft(64).add(low);
  }

  private static IpAddress address(BigInteger number, boolean v6) {
    return v6
        ? IpAddress.ofV6(number.shiftRight(64).longValue(), number.longValue())
        : IpAddress.ofV4(number.intValue());
  }
}
