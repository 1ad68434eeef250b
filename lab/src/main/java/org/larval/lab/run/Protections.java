package org.larval.lab.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.Template;

/** Turns {@code protect:} into the policies that a person would write with {@code ip xfrm}. */
public final class Protections {
  /** A policy and the guest it belongs to. */
  public record Placed(String guest, Policy policy) {}

  /** The two addresses between which SAs of a protection stand. */
  record Peers(IpAddress local, IpAddress remote) {}

  private Protections() {}

  /** Who protects what in a lab: as the file says, or as its keys imply. */
  public static List<LabFile.Protection> in(LabFile file) {
    List<LabFile.Protection> all = new ArrayList<>(file.protections());
    for (LabFile.Keys keys : file.keys()) {
      boolean written = writesXfrm(file, keys.a()) || writesXfrm(file, keys.b());
      boolean mentioned =
          all.stream()
              .anyMatch(one -> Set.of(one.from(), one.to()).equals(Set.of(keys.a(), keys.b())));
      if (!written && !mentioned) {
        all.add(implied(keys, all.size() + 1));
      }
    }
    return all;
  }

  private static boolean writesXfrm(LabFile file, String guest) {
    LabFile.Guest found = file.guests().get(guest);
    return found != null && !found.xfrm().isEmpty();
  }

  /** All policies of one entry, in the order in which they are added. */
  public static List<Placed> of(
      LabFile.Protection protection,
      LabFile.Guest from,
      LabFile.Guest to,
      @Nullable SecurityLabel label) {
    List<Placed> placed = new ArrayList<>();
    for (boolean v6 : new boolean[] {false, true}) {
      Peers peers = peers(from, to, v6);
      if (peers == null) {
        continue;
      }
      for (Prefix source : nets(protection.sourceNet(), peers.local())) {
        for (Prefix target : nets(protection.targetNet(), peers.remote())) {
          if (source.address().v6() != v6 || target.address().v6() != v6) {
            continue;
          }
          pair(protection, peers, source, target, label, placed);
        }
      }
    }
    return placed;
  }

  private static void pair(
      LabFile.Protection protection,
      Peers peers,
      Prefix source,
      Prefix target,
      @Nullable SecurityLabel label,
      List<Placed> placed) {
    List<Integer> protocols =
        protection.protocols().isEmpty() ? List.of(0) : protection.protocols();
    String here = protection.from();
    String there = protection.to();
    boolean tunnel = protection.mode() == Mode.TUNNEL;
    for (int protocol : protocols) {
      Selector forth = selector(source, target, protocol);
      Selector back = selector(target, source, protocol);
      Template out = template(protection, peers.local(), peers.remote());
      Template in = template(protection, peers.remote(), peers.local());
      placed.add(new Placed(here, policy(protection, Direction.OUT, forth, out, label)));
      if (!protection.oneWay() || tunnel) {
        placed.add(new Placed(there, policy(protection, Direction.IN, forth, out, label)));
      }
      if (!protection.oneWay()) {
        placed.add(new Placed(there, policy(protection, Direction.OUT, back, in, label)));
        placed.add(new Placed(here, policy(protection, Direction.IN, back, in, label)));
      }
      if (tunnel) {
        placed.add(new Placed(there, policy(protection, Direction.FWD, forth, out, label)));
        if (!protection.oneWay()) {
          placed.add(new Placed(here, policy(protection, Direction.FWD, back, in, label)));
        }
      }
    }
  }

  private static List<Prefix> nets(List<Prefix> given, IpAddress own) {
    return given.isEmpty() ? List.of(Prefix.host(own)) : given;
  }

  private static Selector selector(Prefix source, Prefix target, int protocol) {
    boolean v6 = source.address().v6();
    int fitting = protocol == IpProtocol.ICMP && v6 ? IpProtocol.ICMPV6 : protocol;
    return new Selector(source, target, fitting, 0, 0, 0, 0, 0);
  }

  private static Template template(
      LabFile.Protection protection, IpAddress source, IpAddress target) {
    return new Template(
        source,
        target,
        0,
        IpProtocol.ESP,
        protection.reqid(),
        protection.mode(),
        protection.optional());
  }

  private static Policy policy(
      LabFile.Protection protection,
      Direction direction,
      Selector selector,
      Template template,
      @Nullable SecurityLabel label) {
    return new Policy(
        direction,
        selector,
        protection.priority(),
        0,
        Policy.Action.ALLOW,
        Mark.NONE,
        0,
        label,
        List.of(template));
  }

  /**
   * The addresses of two guests by which they reach each other: on one link if there is such a
   * pair, else their first ones; null if one of them has none of the family.
   */
  static @Nullable Peers peers(LabFile.Guest from, LabFile.Guest to, boolean v6) {
    Peers first = null;
    for (LabFile.Nic nic : from.nics()) {
      for (Prefix local : nic.addresses()) {
        for (LabFile.Nic other : to.nics()) {
          for (Prefix remote : other.addresses()) {
            if (local.address().v6() != v6 || remote.address().v6() != v6) {
              continue;
            }
            Peers peers = new Peers(local.address(), remote.address());
            if (local.contains(remote.address())) {
              return peers;
            }
            first = first == null ? peers : first;
          }
        }
      }
    }
    return first;
  }

  /** What {@code keys:} without any policy means: ESP in transport mode for everything. */
  static LabFile.Protection implied(LabFile.Keys keys, int reqid) {
    return new LabFile.Protection(
        keys.where(),
        keys.a(),
        keys.b(),
        false,
        Mode.TRANSPORT,
        List.of(),
        List.of(),
        List.of(),
        false,
        null,
        0,
        reqid);
  }
}
