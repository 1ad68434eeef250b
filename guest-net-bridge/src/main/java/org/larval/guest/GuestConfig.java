package org.larval.guest;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Jiffies;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;

/**
 * What a guest is made from.
 *
 * @param name the place in trails
 * @param nics in the order of their port numbers, from 0
 * @param routes beside those of the NICs' own prefixes
 * @param forwarding whether it is a router
 * @param ttl TTL and hop limit of packets made here, 1 to 255
 * @param jiffies how kernel timers (neighbours, reassembly) are rounded
 * @param limits bounds of every queue and table
 */
public record GuestConfig(
    String name,
    List<Nic> nics,
    List<StaticRoute> routes,
    boolean forwarding,
    int ttl,
    Jiffies jiffies,
    Limits limits) {

  /** net.ipv4.ip_default_ttl. */
  public static final int DEFAULT_TTL = 64;

  /**
   * Checks that there is a NIC and that TTL and routes make sense.
   *
   * @throws IllegalArgumentException if not
   */
  public GuestConfig {
    nics = List.copyOf(nics);
    routes = List.copyOf(routes);
    if (ttl < 1 || ttl > 255) {
      throw new IllegalArgumentException("TTL " + ttl + " is not in 1..255");
    }
    for (StaticRoute route : routes) {
      if (route.nic() >= nics.size()) {
        throw new IllegalArgumentException(
            "route to " + route.target() + " names NIC " + route.nic() + " of " + nics.size());
      }
    }
  }

  /**
   * A NIC.
   *
   * @param mac its own address
   * @param addresses with the prefix of their link; an IPv6 address brings a link-local one along
   * @param mtu bytes of IP packet, 576 to 65535 (1280 at least for IPv6)
   */
  public record Nic(MacAddress mac, List<Prefix> addresses, int mtu) {
    /** Ethernet's usual MTU. */
    public static final int DEFAULT_MTU = 1500;

    /** Checks the MTU. */
    public Nic {
      addresses = List.copyOf(addresses);
      boolean v6 = addresses.stream().anyMatch(prefix -> prefix.address().v6());
      int least = v6 ? 1280 : 576;
      if (mtu < least || mtu > 65535) {
        throw new IllegalArgumentException("MTU " + mtu + " is not in " + least + "..65535");
      }
      if (MacAddress.isGroup(mac.bits())) {
        throw new IllegalArgumentException(mac + " is a group address, not that of a NIC");
      }
    }
  }

  /**
   * A route.
   *
   * @param target which packets
   * @param gateway the next hop, or null if the target is on the link
   * @param nic where to, or -1 to find it from the gateway
   */
  public record StaticRoute(Prefix target, @Nullable IpAddress gateway, int nic) {
    /** Checks that the next hop can be found. */
    public StaticRoute {
      if (gateway == null && nic < 0) {
        throw new IllegalArgumentException("route to " + target + " has no gateway and no NIC");
      }
      if (gateway != null && gateway.v6() != target.address().v6()) {
        throw new IllegalArgumentException(
            "route to " + target + " has a gateway of the other family: " + gateway);
      }
    }

    /** The default route of the gateway's family. */
    public static StaticRoute defaultVia(IpAddress gateway) {
      return new StaticRoute(Prefix.any(gateway.v6()), gateway, -1);
    }

    /** A route through a gateway. */
    public static StaticRoute via(Prefix target, IpAddress gateway) {
      return new StaticRoute(target, gateway, -1);
    }
  }

  /**
   * Bounds.
   *
   * @param neighbourQueueBytes truesize of packets that wait for one neighbour (unres_qlen_bytes)
   * @param neighbours entries of the neighbour table (gc_thresh3)
   * @param socketBufferBytes truesize that waits in one socket (rmem_default)
   * @param reassemblyBytes bytes of all incomplete datagrams (ipfrag_high_thresh)
   * @param reassemblyDatagrams incomplete datagrams
   * @param pathMtus destinations whose path MTU is remembered
   * @param loopbackPackets packets on their way to this guest itself (netdev_max_backlog)
   */
  public record Limits(
      int neighbourQueueBytes,
      int neighbours,
      int socketBufferBytes,
      int reassemblyBytes,
      int reassemblyDatagrams,
      int pathMtus,
      int loopbackPackets) {
    /** Linux's defaults. */
    public static final Limits DEFAULT =
        new Limits(212_992, 1024, 212_992, 4 << 20, 256, 1024, 1000);
  }

  /** A host with Linux's defaults and exact timers. */
  public static GuestConfig host(String name, Nic... nics) {
    return new GuestConfig(
        name, List.of(nics), List.of(), false, DEFAULT_TTL, Jiffies.EXACT, Limits.DEFAULT);
  }

  /** The same with routes. */
  public GuestConfig withRoutes(StaticRoute... newRoutes) {
    return new GuestConfig(name, nics, List.of(newRoutes), forwarding, ttl, jiffies, limits);
  }

  /** The same as a router. */
  public GuestConfig withForwarding() {
    return new GuestConfig(name, nics, routes, true, ttl, jiffies, limits);
  }

  /** The same with other kernel timers. */
  public GuestConfig withJiffies(Jiffies newJiffies) {
    return new GuestConfig(name, nics, routes, forwarding, ttl, newJiffies, limits);
  }

  /** The same with other limits. */
  public GuestConfig withLimits(Limits newLimits) {
    return new GuestConfig(name, nics, routes, forwarding, ttl, jiffies, newLimits);
  }
}
