package org.larval.guest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;

/**
 * Longest prefix match over connected and static routes of both families, with a small cache of
 * destinations in front, so that a packet of a known destination allocates nothing.
 */
final class RoutingTable {
  private static final int CACHE = 256;

  private record Route(Prefix target, @Nullable IpAddress gateway, NetDevice device) {}

  private final GuestStack stack;
  private final List<NetDevice> devices;
  private final List<Route> routes = new ArrayList<>();
  private final List<IpAddress> own = new ArrayList<>();
  private final @Nullable RouteDst[] cache = new @Nullable RouteDst[CACHE];
  private int generation;

  RoutingTable(
      GuestStack stack, List<NetDevice> devices, List<GuestConfig.StaticRoute> staticRoutes) {
    this.stack = stack;
    this.devices = devices;
    for (NetDevice device : devices) {
      for (Prefix prefix : device.addresses) {
        own.add(prefix.address());
        routes.add(new Route(prefix.network(), null, device));
      }
    }
    for (GuestConfig.StaticRoute route : staticRoutes) {
      routes.add(new Route(route.target().network(), route.gateway(), device(route)));
    }
    // stable: of equal length the first named wins, connected ones before static ones
    routes.sort(Comparator.comparingInt(route -> -route.target.length()));
  }

  private NetDevice device(GuestConfig.StaticRoute route) {
    if (route.nic() >= 0) {
      return devices.get(route.nic());
    }
    IpAddress gateway = route.gateway();
    for (Route connected : routes) {
      if (gateway != null && connected.gateway == null && connected.target.contains(gateway)) {
        return connected.device;
      }
    }
    throw new IllegalArgumentException(
        "the gateway "
            + gateway
            + " of the route to "
            + route.target()
            + " is on no link of this guest; give a NIC one of its link's addresses");
  }

  /** Changes when every cached Dst must be looked up again (rt_genid). */
  int generation() {
    return generation;
  }

  void invalidate() {
    generation++;
  }

  boolean isOwn(boolean v6, long high, long low) {
    for (int i = 0; i < own.size(); i++) {
      IpAddress address = own.get(i);
      if (address.low() == low && address.high() == high && address.v6() == v6) {
        return true;
      }
    }
    return IpHeader.isLoopback(v6, high, low);
  }

  boolean isOwn(IpAddress address) {
    return isOwn(address.v6(), address.high(), address.low());
  }

  /** 255.255.255.255 or the directed broadcast of one of the links. */
  boolean isBroadcast(boolean v6, long high, long low) {
    if (v6) {
      return false;
    }
    if (low == 0xffff_ffffL) {
      return true;
    }
    for (int i = 0; i < routes.size(); i++) {
      Route route = routes.get(i);
      if (route.gateway == null
          && !route.target.address().v6()
          && route.target.length() < 31
          && route.target.contains(high, low)
          && (low | -1L << (32 - route.target.length())) == -1L) {
        return true;
      }
    }
    return false;
  }

  /** Whether a group address is one that every such host listens to, or one of our own. */
  boolean isGroupMember(boolean v6, long high, long low) {
    if (!v6) {
      return low == 0xe000_0001L;
    }
    if ((high == 0xff02L << 48 || high == 0xff01L << 48) && low == 1) {
      return true;
    }
    if (high == 0xff02L << 48 && low >>> 24 == 0x1_ff) {
      for (int i = 0; i < own.size(); i++) {
        IpAddress address = own.get(i);
        if (address.v6() && (address.low() & 0xff_ffff) == (low & 0xff_ffff)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The way to a destination; {@code oif} is the number of a NIC from 1, or 0. */
  Dst look(boolean v6, long high, long low, int oif) {
    long mixed = (high * 31 + low) * 0x9e37_79b9_7f4a_7c15L;
    int slot = (int) (mixed >>> 56) & CACHE - 1;
    RouteDst cached = cache[slot];
    if (oif == 0
        && cached != null
        && cached.valid()
        && cached.target.low() == low
        && cached.target.high() == high
        && cached.target.v6() == v6) {
      return cached;
    }
    RouteDst found = find(new IpAddress(v6, high, low), oif);
    if (found == null) {
      return ErrorDst.of(Errno.ENETUNREACH);
    }
    if (oif == 0) {
      cache[slot] = found;
    }
    return found;
  }

  Dst look(IpAddress target) {
    return look(target.v6(), target.high(), target.low(), 0);
  }

  private @Nullable RouteDst find(IpAddress target, int oif) {
    if (isOwn(target)) {
      return new RouteDst(stack, generation, target);
    }
    if (target.isAny()) {
      return null;
    }
    for (int i = 0; i < routes.size(); i++) {
      Route route = routes.get(i);
      if (!route.target.contains(target) || (oif != 0 && route.device.index != oif - 1)) {
        continue;
      }
      IpAddress gateway = route.gateway;
      boolean group = isBroadcast(target.v6(), target.high(), target.low());
      return gateway != null && !target.isMulticast()
          ? new RouteDst(stack, generation, target, route.device, gateway, -1)
          : onLink(target, route.device, group);
    }
    if (target.isMulticast() || target.equals(IpAddress.BROADCAST4)) {
      return onLink(target, devices.get(oif == 0 ? 0 : oif - 1), !target.isMulticast());
    }
    return null;
  }

  private RouteDst onLink(IpAddress target, NetDevice device, boolean broadcast) {
    long mac =
        target.isMulticast()
            ? MacAddress.ofMulticast(target)
            : broadcast ? MacAddress.BROADCAST.bits() : -1;
    return new RouteDst(stack, generation, target, device, target, mac);
  }

  /** The source that goes with a target: the target itself if it is ours. */
  @Nullable IpAddress sourceFor(IpAddress target) {
    if (look(target) instanceof RouteDst dst) {
      NetDevice device = dst.device;
      return device == null ? target : device.sourceFor(target, dst.nextHop);
    }
    return null;
  }
}
