package org.larval.lab.run;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;
import org.larval.lab.file.LabFile;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;

/** What the IKE daemon of a guest is told, as {@code keys:} and {@code protect:} imply it. */
final class IkeConnections {
  private final LabFile file;
  private final List<LabFile.Protection> protections;

  IkeConnections(LabFile file, List<LabFile.Protection> protections) {
    this.file = file;
    this.protections = protections;
  }

  /** One for each peer and family. */
  List<Connection> of(String guest) {
    List<Connection> connections = new ArrayList<>();
    for (LabFile.Keys keys : file.keys()) {
      LabFile.Keys.Ike ike = keys.ike();
      boolean first = keys.a().equals(guest);
      if (ike != null && (first || keys.b().equals(guest))) {
        String peer = first ? keys.b() : keys.a();
        for (boolean v6 : new boolean[] {false, true}) {
          Connection connection =
              connection(ike, guest, peer, v6, first && ike.start() == LabFile.Keys.Start.AT_ONCE);
          if (connection != null) {
            connections.add(connection);
          }
        }
      }
    }
    return connections;
  }

  /** Names of those whose IKE SA the guest is to make at once, without a child. */
  List<String> alone(String guest) {
    List<String> names = new ArrayList<>();
    for (LabFile.Keys keys : file.keys()) {
      LabFile.Keys.Ike ike = keys.ike();
      if (ike != null && ike.start() == LabFile.Keys.Start.IKE_SA && keys.a().equals(guest)) {
        names.add(called(guest, keys.b(), false));
        names.add(called(guest, keys.b(), true));
      }
    }
    return names;
  }

  private static String called(String guest, String peer, boolean v6) {
    return guest + "-" + peer + (v6 ? "-v6" : "");
  }

  /** Secrets of a guest and its peers. */
  Keyring keyring(String guest) {
    Keyring keyring = new Keyring();
    for (LabFile.Keys keys : file.keys()) {
      LabFile.Keys.Ike ike = keys.ike();
      if (ike != null && (keys.a().equals(guest) || keys.b().equals(guest))) {
        keyring.shared(
            List.of(name(keys.a()), name(keys.b())),
            Secret.of(ike.psk().getBytes(StandardCharsets.UTF_8)));
      }
    }
    return keyring;
  }

  private static Identity name(String guest) {
    return new Identity(Identity.FQDN, Octets.of(guest.getBytes(StandardCharsets.UTF_8)));
  }

  private @Nullable Connection connection(
      LabFile.Keys.Ike ike, String guest, String peer, boolean v6, boolean start) {
    LabFile.Guest here = file.guests().get(guest);
    LabFile.Guest there = file.guests().get(peer);
    Protections.Peers peers =
        here == null || there == null ? null : Protections.peers(here, there, v6);
    if (peers == null) {
      return null;
    }
    List<Child> children = new ArrayList<>();
    for (LabFile.Protection one : protections) {
      boolean forth = one.from().equals(guest) && one.to().equals(peer);
      if (forth || one.from().equals(peer) && one.to().equals(guest)) {
        children.add(child(ike, one, forth, peers, v6, start));
      }
    }
    return Connection.named(
            called(guest, peer, v6),
            new Authentication(Authentication.Method.PSK, name(guest)),
            new Authentication(Authentication.Method.PSK, name(peer)))
        .between(List.of(Prefix.host(peers.local())), List.of(Prefix.host(peers.remote())))
        .proposals(ike.ike())
        .children(children)
        .lifetime(ike.lifetime())
        .reauthTime(ike.reauthAfter())
        .dpdDelay(ike.dpd())
        .mobike(false)
        .build();
  }

  private static Child child(
      LabFile.Keys.Ike ike,
      LabFile.Protection protection,
      boolean forth,
      Protections.Peers peers,
      boolean v6,
      boolean start) {
    Child.Builder child =
        Child.named("protect-" + protection.reqid())
            .local(
                specs(
                    protection,
                    forth ? protection.sourceNet() : protection.targetNet(),
                    peers.local(),
                    v6))
            .remote(
                specs(
                    protection,
                    forth ? protection.targetNet() : protection.sourceNet(),
                    peers.remote(),
                    v6))
            .proposals(ike.esp())
            .lifetime(ike.child())
            .reqid(protection.reqid())
            .label(protection.label(), Child.LabelMode.SELINUX)
            .start(start ? Child.Action.START : Child.Action.NONE);
    return (protection.mode() == Mode.TRANSPORT ? child.transport() : child).build();
  }

  private static List<TrafficSpec> specs(
      LabFile.Protection protection, List<Prefix> nets, IpAddress own, boolean v6) {
    List<Prefix> prefixes = nets.isEmpty() ? List.of(Prefix.host(own)) : nets;
    List<Integer> protocols =
        protection.protocols().isEmpty() ? List.of(0) : protection.protocols();
    List<TrafficSpec> specs = new ArrayList<>();
    for (Prefix prefix : prefixes) {
      for (int protocol : protocols) {
        if (prefix.address().v6() == v6) {
          int fitting = protocol == IpProtocol.ICMP && v6 ? IpProtocol.ICMPV6 : protocol;
          specs.add(new TrafficSpec(prefix.network(), fitting, 0, 0xffff));
        }
      }
    }
    return specs;
  }
}
