package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.larval.wire.Checksum;
import org.larval.wire.EthernetView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.MacAddress;

/**
 * Gives the stations of a capture other addresses: in Ethernet and IP headers, in ARP, and in
 * neighbour discovery. The checksums of IPv4, TCP, UDP, UDP-Lite, DCCP and ICMPv6 are updated by
 * what changed (RFC 1624), so a wrong one stays wrong. For each IPv6 address the solicited-node
 * groups are mapped too.
 *
 * <p>What cannot be kept: an AH's ICV and the checksums inside ESP in transport mode cover the
 * addresses. Packets quoted in ICMP errors and tunnelled packets keep their addresses. A packet
 * with a malformed IP header is left alone.
 *
 * <p>Look-ups walk short arrays; meant for maps of some dozens of addresses.
 */
public final class Rewrite {
  /** Changes nothing. */
  public static final Rewrite NONE = of(Map.of(), Map.of());

  private final IpAddress[] ipFrom;
  private final IpAddress[] ipTo;
  private final long[] macFrom;
  private final long[] macTo;
  private final EthernetView ethernet = new EthernetView();
  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  /** What the addresses of the current packet add to a sum that covers them. */
  private long delta;

  private Rewrite(NavigableMap<IpAddress, IpAddress> addresses, NavigableMap<Long, Long> stations) {
    ipFrom = addresses.keySet().toArray(new IpAddress[0]);
    ipTo = addresses.values().toArray(new IpAddress[0]);
    macFrom = stations.keySet().stream().mapToLong(Long::longValue).toArray();
    macTo = stations.values().stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * A rewrite by two maps from the captured address to the new one.
   *
   * @throws IllegalArgumentException if an address is mapped to one of the other family
   */
  public static Rewrite of(
      Map<IpAddress, IpAddress> addresses, Map<MacAddress, MacAddress> stations) {
    TreeMap<IpAddress, IpAddress> ips = new TreeMap<>(addresses);
    TreeMap<Long, Long> macs = new TreeMap<>();
    stations.forEach((from, to) -> macs.put(from.bits(), to.bits()));
    for (Map.Entry<IpAddress, IpAddress> entry : new TreeMap<>(addresses).entrySet()) {
      IpAddress from = entry.getKey();
      IpAddress to = entry.getValue();
      if (from.v6() != to.v6()) {
        throw new IllegalArgumentException(
            "cannot rewrite " + from + " to " + to + ": the families differ");
      }
      if (from.v6() && !from.isMulticast()) {
        ips.putIfAbsent(from.solicitedNode(), to.solicitedNode());
        macs.putIfAbsent(
            MacAddress.ofMulticast(from.solicitedNode()),
            MacAddress.ofMulticast(to.solicitedNode()));
      }
    }
    return new Rewrite(ips, macs);
  }

  /** Rewrites an Ethernet frame in place. */
  public void frame(ByteBuf data, int index, int length) {
    if (macFrom.length + ipFrom.length == 0 || ethernet.wrap(data, index, length) != null) {
      return;
    }
    station(data, index);
    station(data, index + 6);
    int at = ethernet.payload();
    switch (ethernet.type()) {
      case EthernetView.TYPE_ARP -> arp(data, at, ethernet.payloadLength());
      case EthernetView.TYPE_IPV4, EthernetView.TYPE_IPV6 ->
          packet(data, at, ethernet.payloadLength());
      default -> {}
    }
  }

  /** Rewrites an IP packet in place. */
  public void packet(ByteBuf data, int index, int length) {
    if (macFrom.length + ipFrom.length == 0 || length < 1) {
      return;
    }
    delta = 0;
    int version = data.getUnsignedByte(index) >>> 4;
    if (version == 4 && ipv4.wrap(data, index, length) == null) {
      address(data, index + 12, false);
      address(data, index + 16, false);
      update(data, index + 10, delta);
      if (ipv4.fragmentOffset() == 0) {
        transport(data, ipv4.protocol(), ipv4.payload(), ipv4.payloadLength());
      }
    } else if (version == 6 && ipv6.wrap(data, index, length) == null) {
      address(data, index + 8, true);
      address(data, index + 24, true);
      if (ipv6.fragmentHeader() < 0 || ipv6.fragmentOffset() == 0) {
        transport(data, ipv6.protocol(), ipv6.payload(), ipv6.payloadLength());
      }
    }
  }

  private void arp(ByteBuf data, int at, int length) {
    boolean ofEthernetAndIpv4 =
        length >= 28
            && data.getInt(at) == (1 << 16 | EthernetView.TYPE_IPV4)
            && data.getUnsignedShort(at + 4) == 0x0604;
    if (ofEthernetAndIpv4) {
      station(data, at + 8);
      address(data, at + 14, false);
      station(data, at + 18);
      address(data, at + 24, false);
    }
  }

  private void transport(ByteBuf data, int protocol, int at, int length) {
    switch (protocol) {
      case IpProtocol.TCP -> {
        if (length >= 18) {
          update(data, at + 16, delta);
        }
      }
      case IpProtocol.UDP -> {
        // zero means that the sender computed none (RFC 768)
        if (length >= 8 && data.getUnsignedShort(at + 6) != 0) {
          update(data, at + 6, delta);
          if (data.getUnsignedShort(at + 6) == 0) {
            data.setShort(at + 6, 0xffff);
          }
        }
      }
      case IpProtocol.UDPLITE, IpProtocol.DCCP -> {
        if (length >= 8) {
          update(data, at + 6, delta);
        }
      }
      case IpProtocol.ICMPV6 -> {
        if (length >= 4) {
          neighbours(data, at, length);
          update(data, at + 2, delta);
        }
      }
      default -> {}
    }
  }

  /** Addresses and link-layer address options of RFC 4861; ICMPv6's checksum covers them. */
  private void neighbours(ByteBuf data, int at, int length) {
    int addresses = 0;
    int options;
    switch (data.getUnsignedByte(at)) {
      case Icmpv6View.ROUTER_SOLICITATION -> options = 8;
      case Icmpv6View.ROUTER_ADVERTISEMENT -> options = 16;
      case Icmpv6View.NEIGHBOUR_SOLICITATION, Icmpv6View.NEIGHBOUR_ADVERTISEMENT -> {
        addresses = 1;
        options = 24;
      }
      case Icmpv6View.REDIRECT -> {
        addresses = 2;
        options = 40;
      }
      default -> {
        return;
      }
    }
    if (options > length) {
      return;
    }
    for (int i = 0; i < addresses; i++) {
      address(data, at + 8 + 16 * i, true);
    }
    for (int place = options; place + 8 <= length; ) {
      int size = data.getUnsignedByte(at + place + 1) * 8;
      if (size == 0) {
        return;
      }
      int kind = data.getUnsignedByte(at + place);
      boolean linkAddress =
          kind == Icmpv6View.OPTION_SOURCE_LINK_ADDRESS
              || kind == Icmpv6View.OPTION_TARGET_LINK_ADDRESS;
      if (linkAddress && size == 8) {
        station(data, at + place + 2);
      }
      place += size;
    }
  }

  private void station(ByteBuf data, int at) {
    long old = MacAddress.read(data, at);
    for (int i = 0; i < macFrom.length; i++) {
      if (macFrom[i] == old) {
        MacAddress.write(data, at, macTo[i]);
        changed((int) (old >>> 32), (int) (macTo[i] >>> 32));
        changed((int) old, (int) macTo[i]);
        return;
      }
    }
  }

  private void address(ByteBuf data, int at, boolean v6) {
    long high = v6 ? data.getLong(at) : 0;
    long low = v6 ? data.getLong(at + 8) : data.getUnsignedInt(at);
    for (int i = 0; i < ipFrom.length; i++) {
      IpAddress from = ipFrom[i];
      if (from.v6() == v6 && from.high() == high && from.low() == low) {
        IpAddress to = ipTo[i];
        to.write(data, at);
        changed((int) (high >>> 32), (int) (to.high() >>> 32));
        changed((int) high, (int) to.high());
        changed((int) (low >>> 32), (int) (to.low() >>> 32));
        changed((int) low, (int) to.low());
        return;
      }
    }
  }

  private void changed(int old, int now) {
    if (old != now) {
      delta += Integer.toUnsignedLong(~old) + Integer.toUnsignedLong(now);
    }
  }

  /** RFC 1624 equation 3 for a field at an index. */
  private static void update(ByteBuf data, int at, long delta) {
    if (delta != 0) {
      int old = data.getUnsignedShort(at);
      data.setShort(at, Checksum.fold((~old & 0xffff) + delta));
    }
  }
}
