package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.reach.Marks.Look;
import org.larval.lab.reach.Network.Hop;
import org.larval.lab.reach.Network.Way;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyContext;
import org.larval.secmark.NfHook;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * The checks on one way in the kernel's order, until one stops it: the sender's postrouting, those
 * who forward, the receiving socket. Without the capability {@code network_peer_controls} they are
 * those of selinux_ip_postroute_compat and selinux_sock_rcv_skb_compat, and none on forwarders.
 */
final class Walk {
  private final Asker asker;
  private final Coverage coverage;
  private final Marks marks;
  private final boolean always;
  private final boolean peerControls;
  private final List<Check> checks = new ArrayList<>();
  private boolean open = true;

  /**
   * What goes the way.
   *
   * @param sender the label of the sending socket
   * @param socket the receiving socket's
   * @param transit the peer's label as those see it who forward
   * @param peer the peer's label as the receiver sees it
   * @param protocol of the packet before any protection
   * @param outer addresses of its ESP, source and target; empty without protection
   * @param labeled whether its SA has a label
   * @param everyone whether every kernel on the way checks peers, whatever it has
   */
  record Load(
      PolicyContext sender,
      PolicyContext socket,
      PolicyContext transit,
      PolicyContext peer,
      int protocol,
      List<IpAddress> outer,
      boolean labeled,
      boolean everyone) {}

  Walk(Asker asker, Coverage coverage, Marks marks) {
    this.asker = asker;
    this.coverage = coverage;
    this.marks = marks;
    this.always = asker.policy().has(Capability.ALWAYS_CHECK_NETWORK);
    this.peerControls = asker.policy().has(Capability.NETWORK_PEER_CONTROLS);
  }

  boolean open() {
    return open;
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }

  void ask(PolicyContext source, PolicyContext target, String name, String permission) {
    if (open) {
      Check check = asker.check(source, target, name, permission);
      checks.add(check);
      open = check.allowed();
    }
  }

  /** Asks about marks until one is allowed; one that needs nobody to be permissive is better. */
  private void any(PolicyContext source, Set<PolicyContext> targets, String permission) {
    Check best = null;
    for (PolicyContext target : targets) {
      Check check = asker.check(source, target, "packet", permission);
      if (best == null
          || !best.allowed() && check.allowed()
          || best.permissive() && check.allowed() && !check.permissive()) {
        best = check;
      }
    }
    if (open && best != null) {
      checks.add(best);
      open = best.allowed();
    }
  }

  /** From the sender's postrouting to the receiver's socket. */
  void go(Way way, Load load) {
    Look inner = new Look(way.source(), way.target(), load.protocol());
    Look wire =
        load.outer().isEmpty()
            ? inner
            : new Look(load.outer().getFirst(), load.outer().getLast(), IpProtocol.ESP);
    List<Look> sent = inner.equals(wire) ? List.of(inner) : List.of(inner, wire);
    send(way.sender(), sent, wire.target(), load);
    for (Hop hop : peerControls ? way.between() : List.<Hop>of()) {
      forward(hop, wire, load);
    }
    receive(way.receiver(), sent.reversed(), way.source(), load);
  }

  private void send(Hop sender, List<Look> looks, IpAddress target, Load load) {
    Guest guest = sender.guest();
    if (always || marks.active(guest)) {
      any(load.sender(), marks.possible(guest, looks, NfHook.OUTPUT, NfHook.POSTROUTING), "send");
    }
    if (!peerControls) {
      if (!load.labeled()) {
        ask(load.sender(), asker.unlabeled(), "association", "sendto");
      }
    } else if (peers(guest, load)) {
      ask(load.sender(), netif(sender.nicOut()), "netif", "egress");
      ask(load.sender(), node(target), "node", "sendto");
    }
  }

  private void forward(Hop hop, Look look, Load load) {
    Guest guest = hop.guest();
    PolicyContext peer = load.transit();
    boolean peers = peers(guest, load);
    boolean packets = always || marks.active(guest);
    if (peers) {
      ask(peer, netif(hop.nicIn()), "netif", "ingress");
      ask(peer, node(look.source()), "node", "recvfrom");
    }
    if (packets) {
      List<Look> looks = List.of(look);
      any(peer, marks.possible(guest, looks, NfHook.PREROUTING), "forward_in");
      any(
          peer,
          marks.possible(guest, looks, NfHook.PREROUTING, NfHook.FORWARD, NfHook.POSTROUTING),
          "forward_out");
    }
    if (peers) {
      ask(peer, netif(hop.nicOut()), "netif", "egress");
      ask(peer, node(look.target()), "node", "sendto");
    }
  }

  private void receive(Hop receiver, List<Look> looks, IpAddress source, Load load) {
    Guest guest = receiver.guest();
    if (peerControls && peers(guest, load)) {
      ask(load.peer(), netif(receiver.nicIn()), "netif", "ingress");
      ask(load.peer(), node(source), "node", "recvfrom");
      ask(load.socket(), load.peer(), "peer", "recv");
    }
    if (always || marks.active(guest)) {
      any(load.socket(), marks.possible(guest, looks, NfHook.PREROUTING, NfHook.INPUT), "recv");
    }
    if (!peerControls) {
      if (load.everyone()) {
        ask(load.socket(), load.peer(), socketClass(load.protocol()), "recvfrom");
      }
      ask(
          load.socket(),
          load.labeled() ? load.peer() : asker.unlabeled(),
          "association",
          "recvfrom");
    }
  }

  /** Whose permission selinux_netlbl_sock_rcv_skb asks for. */
  private static String socketClass(int protocol) {
    return switch (protocol) {
      case IpProtocol.UDP -> "udp_socket";
      case IpProtocol.TCP -> "tcp_socket";
      default -> "rawip_socket";
    };
  }

  private boolean peers(Guest guest, Load load) {
    return always || load.everyone() || coverage.labeled(guest);
  }

  private PolicyContext netif(String nic) {
    PolicyContext context = asker.policy().objects().netif(nic);
    return context == null ? asker.unlabeled() : context;
  }

  private PolicyContext node(IpAddress address) {
    PolicyContext context =
        address.v6()
            ? asker.policy().objects().node6(address.high(), address.low())
            : asker.policy().objects().node(address.v4Bits());
    return context == null ? asker.unlabeled() : context;
  }
}
