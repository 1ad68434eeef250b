package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Nic;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * On which ways packets get from one guest to another: from every NIC, directly to every NIC on the
 * same wire, or over guests that forward, as their addresses and routes say.
 *
 * <p>The sender is not held to its routes, since a compromised one writes its own; it uses the
 * addresses of the NIC that it sends by.
 */
final class Network {
  private final LabFile lab;
  private final Map<String, String> joined = new HashMap<>();

  /**
   * A guest on a way.
   *
   * @param in NIC by which packets come, -1 for none
   * @param out NIC by which they leave, -1 for none
   */
  record Hop(Guest guest, int in, int out) {
    String nicIn() {
      return guest.nics().get(in).name();
    }

    String nicOut() {
      return guest.nics().get(out).name();
    }
  }

  /** A way with the addresses on its packets. */
  record Way(List<Hop> hops, IpAddress source, IpAddress target) {
    Hop sender() {
      return hops.getFirst();
    }

    Hop receiver() {
      return hops.getLast();
    }

    List<Hop> between() {
      return hops.subList(1, hops.size() - 1);
    }

    /** NICs, such as {@code a.eth0 -> r.eth0, r.eth1 -> b.eth0}. */
    String text() {
      StringBuilder text = new StringBuilder();
      for (Hop hop : hops) {
        if (hop.in() >= 0) {
          text.append(" -> ").append(hop.guest().name()).append('.').append(hop.nicIn());
        }
        if (hop.out() >= 0) {
          text.append(hop.in() >= 0 ? ", " : "");
          text.append(hop.guest().name()).append('.').append(hop.nicOut());
        }
      }
      return text.toString();
    }
  }

  Network(LabFile lab) {
    this.lab = lab;
    for (LabFile.Link link : lab.links()) {
      joined.put(wire(key(link.a())), wire(key(link.b())));
    }
  }

  private static String key(LabFile.End end) {
    return key(end.node(), end.nic());
  }

  private static String key(String node, int nic) {
    return node + "." + nic;
  }

  /** The name of the wire, or of all wires and bridges, that an end is on. */
  private String wire(String end) {
    String at = end;
    for (String next = joined.get(at); next != null && !next.equals(at); next = joined.get(at)) {
      at = next;
    }
    return at;
  }

  private String wire(Guest guest, int nic) {
    return wire(key(guest.name(), nic));
  }

  /** All ways, those without others in between first. */
  List<Way> ways(String from, String to) {
    Guest sender = Objects.requireNonNull(lab.guests().get(from));
    Guest receiver = Objects.requireNonNull(lab.guests().get(to));
    List<Way> direct = new ArrayList<>();
    List<Way> routed = new ArrayList<>();
    for (int out = 0; out < sender.nics().size(); out++) {
      String wire = wire(sender, out);
      for (Prefix own : sender.nics().get(out).addresses()) {
        Hop first = new Hop(sender, -1, out);
        for (int in = 0; in < receiver.nics().size(); in++) {
          if (wire(receiver, in).equals(wire)) {
            direct(first, new Hop(receiver, in, -1), own.address(), direct);
          }
        }
        routed(first, wire, receiver, own.address(), routed);
      }
    }
    direct.addAll(routed);
    return direct;
  }

  private static void direct(Hop first, Hop last, IpAddress source, List<Way> ways) {
    for (Prefix target : last.guest().nics().get(last.in()).addresses()) {
      if (target.address().v6() == source.v6()) {
        ways.add(new Way(List.of(first, last), source, target.address()));
      }
    }
  }

  private void routed(Hop first, String wire, Guest receiver, IpAddress source, List<Way> ways) {
    for (Guest router : lab.guests().values()) {
      for (int in = 0; in < router.nics().size(); in++) {
        boolean next =
            router.forward()
                && !router.name().equals(first.guest().name())
                && !router.name().equals(receiver.name())
                && wire(router, in).equals(wire);
        for (Nic nic : next ? receiver.nics() : List.<Nic>of()) {
          for (Prefix target : nic.addresses()) {
            if (target.address().v6() == source.v6()) {
              List<Hop> hops = new ArrayList<>(List.of(first));
              if (follow(hops, router, in, receiver, target.address())) {
                ways.add(new Way(List.copyOf(hops), source, target.address()));
              }
            }
          }
        }
      }
    }
  }

  /** Goes where the routers send packets to a target. */
  private boolean follow(List<Hop> hops, Guest first, int by, Guest receiver, IpAddress target) {
    Guest router = first;
    int in = by;
    while (true) {
      Guest here = router;
      Turn turn = turn(here, target);
      if (turn == null
          || hops.stream().anyMatch(hop -> hop.guest().name().equals(here.name()))
          || wire(here, turn.out()).equals(wire(here, in))) {
        return false;
      }
      hops.add(new Hop(here, in, turn.out()));
      Hop next = owner(wire(here, turn.out()), turn.next());
      if (next == null) {
        return false;
      }
      if (next.guest().name().equals(receiver.name())) {
        hops.add(next);
        return true;
      }
      if (!next.guest().forward()) {
        return false;
      }
      router = next.guest();
      in = next.in();
    }
  }

  /** Where a router sends a packet: by which NIC, to whose address. */
  private record Turn(int out, IpAddress next) {}

  /** The longest prefix wins; addresses on the wire come before routes of the same length. */
  private static @Nullable Turn turn(Guest router, IpAddress target) {
    Turn best = onWire(router, target);
    int length = best == null ? -1 : length(router, target);
    for (LabFile.Route route : router.routes()) {
      if (route.target().length() > length && route.target().contains(target)) {
        Turn via = onWire(router, route.via());
        if (via != null) {
          best = via;
          length = route.target().length();
        }
      }
    }
    return best;
  }

  private static @Nullable Turn onWire(Guest router, IpAddress target) {
    Turn best = null;
    int length = -1;
    for (int nic = 0; nic < router.nics().size(); nic++) {
      for (Prefix own : router.nics().get(nic).addresses()) {
        if (own.contains(target) && own.length() > length) {
          best = new Turn(nic, target);
          length = own.length();
        }
      }
    }
    return best;
  }

  private static int length(Guest router, IpAddress target) {
    int length = -1;
    for (Nic nic : router.nics()) {
      for (Prefix own : nic.addresses()) {
        length = own.contains(target) ? Math.max(length, own.length()) : length;
      }
    }
    return length;
  }

  private @Nullable Hop owner(String wire, IpAddress address) {
    for (Guest guest : lab.guests().values()) {
      for (int nic = 0; nic < guest.nics().size(); nic++) {
        if (wire(guest, nic).equals(wire)
            && guest.nics().get(nic).addresses().stream()
                .anyMatch(own -> own.address().equals(address))) {
          return new Hop(guest, nic, -1);
        }
      }
    }
    return null;
  }
}
