package org.larval.lab.ike;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.config.Child;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Addresses and routes of the TUN device, by the tool {@code ip}. */
final class Roads implements AutoCloseable {
  private static final int MTU = 1400;

  private final String device;
  private final boolean transport;
  private final Consumer<String> complaints;
  private final IpCommands ip;
  private final HostRoutes hosts;

  private final Map<Long, ChildParameters> carrying = new LinkedHashMap<>();

  /** How many children want a route. */
  private final Map<Prefix, Integer> wanted = new LinkedHashMap<>();

  private final Map<IpAddress, Integer> detours = new LinkedHashMap<>();

  /**
   * Roads through a device.
   *
   * @param transport whether some child is in transport mode
   */
  Roads(String device, boolean transport, Consumer<String> complaints) {
    this.device = device;
    this.transport = transport;
    this.complaints = complaints;
    ip = new IpCommands(complaints);
    hosts = new HostRoutes(device, ip);
  }

  void begin() {
    run("link", "set", "dev", device, "mtu", Integer.toString(MTU), "up");
    if (transport) {
      hosts.begin();
      checkFilters();
    }
  }

  /** An address that the peer has given, or taken back. */
  void address(IpAddress address, boolean given) {
    run("address", given ? "replace" : "del", Prefix.host(address).toString(), "dev", device);
  }

  /** A child is between other addresses. */
  void move(ChildParameters child) {
    if (carrying.containsKey(child.id())) {
      open(child, 0);
    }
  }

  /**
   * A child carries traffic, or does so between other addresses.
   *
   * @param replaces id of the one before it, whose end nobody tells; 0 for none
   */
  void open(ChildParameters child, long replaces) {
    ChildParameters before = carrying.put(child.id(), child);
    ways(child, true);
    if (before != null) {
      ways(before, false);
    }
    ChildParameters replaced = carrying.remove(replaces);
    if (replaced != null) {
      ways(replaced, false);
    }
  }

  /** It does not any more. */
  void close(ChildParameters child) {
    ChildParameters known = carrying.remove(child.id());
    if (known != null) {
      ways(known, false);
    }
  }

  private void ways(ChildParameters child, boolean wanted) {
    IpAddress peer = child.remote().address();
    List<Selector.Range> local = child.localSelectors();
    List<Selector.Range> remote = child.remoteSelectors();
    if (!child.tunnel()) {
      hosts.want(local, remote, child.local().address(), peer, wanted);
    } else if (wanted) {
      open(local, remote, peer);
    } else {
      close(remote, peer);
    }
  }

  /** A child waits for traffic between two hosts. */
  void trap(Child child, IpAddress here, IpAddress peer) {
    List<Selector.Range> local = ChildPolicies.ranges(child.local(), here);
    List<Selector.Range> remote = ChildPolicies.ranges(child.remote(), peer);
    if (child.tunnel()) {
      open(local, remote, peer);
    } else {
      hosts.want(local, remote, here, peer, true);
    }
  }

  private void open(List<Selector.Range> local, List<Selector.Range> remote, IpAddress peer) {
    for (Prefix target : prefixes(remote)) {
      if (wanted.merge(target, 1, Integer::sum) == 1) {
        if (target.contains(peer)) {
          detour(peer, true);
        }
        // the device may get its address first
        ip.then(
            () -> {
              IpAddress source = within(local, target.address().v6());
              List<String> words = new ArrayList<>(List.of("route", "replace"));
              words.addAll(List.of(target.toString(), "dev", device));
              if (source != null) {
                words.addAll(List.of("src", source.toString()));
              }
              ip.perform(words);
            });
      }
    }
  }

  private void close(List<Selector.Range> remote, IpAddress peer) {
    for (Prefix target : prefixes(remote)) {
      Integer left = wanted.merge(target, -1, Integer::sum);
      if (left <= 0) {
        wanted.remove(target);
        run("route", "del", target.toString(), "dev", device);
        if (target.contains(peer)) {
          detour(peer, false);
        }
      }
    }
  }

  /** The way to the peer must not lead into the tunnel that leads to it. */
  private void detour(IpAddress peer, boolean needed) {
    int count = detours.merge(peer, needed ? 1 : -1, Integer::sum);
    if (needed && count == 1) {
      ip.then(
          () -> {
            String[] way = ip.said(List.of("route", "get", peer.toString())).split("\\s+");
            List<String> words = new ArrayList<>(List.of("route", "replace"));
            words.add(Prefix.host(peer).toString());
            for (int at = 0; at + 1 < way.length; at++) {
              if (way[at].equals("via") || way[at].equals("dev")) {
                words.addAll(List.of(way[at], way[at + 1]));
              }
            }
            ip.perform(words);
          });
    } else if (!needed && count <= 0) {
      detours.remove(peer);
      run("route", "del", Prefix.host(peer).toString());
    }
  }

  /** Halves stand for the default route, so that the one that is there stays. */
  private static List<Prefix> prefixes(List<Selector.Range> ranges) {
    List<Prefix> all = new ArrayList<>();
    for (Selector.Range range : ranges) {
      for (Prefix prefix : SelectorCover.prefixes(range.first(), range.last())) {
        if (prefix.length() > 0) {
          all.add(prefix);
        } else if (prefix.address().v6()) {
          all.add(Prefix.parse("::/1"));
          all.add(Prefix.parse("8000::/1"));
        } else {
          all.add(Prefix.parse("0.0.0.0/1"));
          all.add(Prefix.parse("128.0.0.0/1"));
        }
      }
    }
    return all.stream().distinct().toList();
  }

  /** An address of this machine that may use the child, or null. */
  private static @Nullable IpAddress within(List<Selector.Range> local, boolean v6) {
    for (IpAddress address : UdpPorts.machine()) {
      for (Selector.Range range : local) {
        if (address.v6() == v6
            && range.first().v6() == v6
            && address.compareTo(range.first()) >= 0
            && address.compareTo(range.last()) <= 0) {
          return address;
        }
      }
    }
    return null;
  }

  private void run(String... words) {
    ip.run(List.of(words));
  }

  /** A reverse-path filter that is strict takes the peer's own packets for forged (RFC 3704). */
  private void checkFilters() {
    Path all = Path.of("/proc/sys/net/ipv4/conf");
    try (Stream<Path> devices = Files.list(all)) {
      for (Path one : devices.sorted().toList()) {
        Path filter = one.resolve("rp_filter");
        if (!one.endsWith("default")
            && Files.isReadable(filter)
            && Files.readString(filter).strip().equals("1")) {
          complaints.accept(
              "the reverse-path filter of "
                  + one.getFileName()
                  + " drops what the peer sends; say 'sysctl net.ipv4.conf."
                  + one.getFileName()
                  + ".rp_filter=2'");
        }
      }
    } catch (IOException e) {
      // a host without these settings filters nothing
    }
  }

  @Override
  public void close() {
    if (transport) {
      hosts.begin();
    }
    ip.close();
  }
}
