package org.larval.lab.selinux;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.FoundLabel;
import org.larval.cipso.NetLabelHooks;
import org.larval.guest.GuestStack;
import org.larval.guest.IcmpError;
import org.larval.guest.SecurityModule;
import org.larval.guest.SocketCall;
import org.larval.guest.SocketKind;
import org.larval.labels.Decision;
import org.larval.labels.Sids;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.PolicyContext;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * SELinux in one guest, with its hooks in the kernel's order (security/selinux/hooks.c). Packets
 * are looked at only while there is something to look at: marks while rules set any, senders while
 * NetLabel or a labeled SA can name one, both always if the policy says always_check_network.
 *
 * <p>Longer than others, so that all hooks stand on one page.
 */
public final class Selinux implements SecurityModule {
  /** net.ipv4.ip_local_port_range: a port within it needs no name_bind. */
  private static final int FIRST_EPHEMERAL = 32768;

  private static final int LAST_EPHEMERAL = 60999;

  private final GuestStack stack;
  private final LoadedPolicy policy;
  private final NetLabelHooks netLabels;
  private final ObjectSids objects;
  private final AccessChecks checks;
  private final PeerLabels peers;
  private final BooleanSupplier marks;
  private final BooleanSupplier labeledXfrm;
  private Errno refusal = Errno.EPERM;

  /**
   * SELinux over a policy.
   *
   * @param nics the names of the guest's NICs
   * @param netLabels what the guest's NetLabel does
   * @param marks whether any rule sets marks
   * @param labeledXfrm whether any xfrm policy or state has a label
   */
  public Selinux(
      GuestStack stack,
      LoadedPolicy policy,
      List<String> nics,
      NetLabelHooks netLabels,
      BooleanSupplier marks,
      BooleanSupplier labeledXfrm) {
    this.stack = stack;
    this.policy = policy;
    this.netLabels = netLabels;
    objects = new ObjectSids(policy, nics);
    this.marks = marks;
    this.labeledXfrm = labeledXfrm;
    checks = new AccessChecks(policy, objects, stack.name());
    peers = new PeerLabels(policy, netLabels);
  }

  private boolean has(Capability capability) {
    return policy.server().policy().has(capability);
  }

  /** Whether marks are checked (selinux_secmark_enabled). */
  private boolean checksMarks() {
    return marks.getAsBoolean() || has(Capability.ALWAYS_CHECK_NETWORK);
  }

  /** Whether senders are checked (selinux_peerlbl_enabled). */
  private boolean checksPeers() {
    return netLabels.enabled()
        || labeledXfrm.getAsBoolean()
        || has(Capability.ALWAYS_CHECK_NETWORK);
  }

  // --- system calls ---

  @Override
  public @Nullable String denial() {
    Decision.Denied refused = checks.refused;
    return refused == null ? null : refused.reason();
  }

  @Override
  public void forgetDenial() {
    checks.refused = null;
  }

  @Override
  public Errno call(int task, int sid, SocketKind kind, SocketCall call) {
    String permission =
        switch (call) {
          case CREATE -> "create";
          case LISTEN -> "listen";
          case ACCEPT -> "accept";
          case WRITE -> "write";
          case READ -> "read";
        };
    if (!checks.allows(task, sid, kind, permission, null, 0, false)) {
      return Errno.EACCES;
    }
    return call == SocketCall.CREATE ? netLabels.create(sid) : Errno.OK;
  }

  @Override
  public Errno bind(int sid, SocketKind kind, IpAddress address, int port) {
    boolean allowed = checks.allows(sid, sid, kind, "bind", address, port, false);
    if (allowed && port != 0 && kind != SocketKind.RAW && !ephemeral(port)) {
      int object = objects.port(protocol(kind), port);
      allowed = checks.allows(sid, object, kind, "name_bind", address, port, false);
    }
    if (allowed) {
      int node = objects.node(address.v6(), address.high(), address.low());
      allowed = checks.allows(sid, node, kind, "node_bind", address, port, false);
    }
    return allowed ? Errno.OK : Errno.EACCES;
  }

  private static boolean ephemeral(int port) {
    return port >= FIRST_EPHEMERAL && port <= LAST_EPHEMERAL;
  }

  private static int protocol(SocketKind kind) {
    return kind == SocketKind.TCP ? IpProtocol.TCP : IpProtocol.UDP;
  }

  @Override
  public Errno connect(int sid, SocketKind kind, IpAddress target, int port) {
    boolean allowed = checks.allows(sid, sid, kind, "connect", target, port, true);
    if (allowed && kind == SocketKind.TCP) {
      int object = objects.port(IpProtocol.TCP, port);
      allowed = checks.allows(sid, object, kind, "name_connect", target, port, true);
    }
    return allowed ? netLabels.connect(sid, target) : Errno.EACCES;
  }

  @Override
  public int labelBytes(FlowKey flow) {
    return netLabels.enabled() ? netLabels.bytes(flow) : 0;
  }

  // --- packets on their way in ---

  @Override
  public boolean options(long now, Packet packet, Effects out) {
    return netLabels.validate(now, packet, out);
  }

  @Override
  public boolean receive(long now, Packet packet, int sid, SocketKind kind, Effects out) {
    boolean checksPeers = checksPeers();
    boolean checksMarks = checksMarks();
    if (!checksPeers && !checksMarks) {
      return true;
    }
    checks.about(packet, packet.inPort);
    if (!has(Capability.NETWORK_PEER_CONTROLS)) {
      return receiveCompatibly(now, packet, sid, kind, checksMarks, out);
    }
    if (checksPeers) {
      int peer = sender(now, packet);
      if (peer == PeerLabels.CONFLICT) {
        return deny(packet, DropReason.LABEL_DENIED, out);
      }
      if (!arrives(now, packet, peer)
          || !checks.allows(now, packet, sid, peer, Permission.PEER_RECV)) {
        tell(now, IcmpError.HOST_PROHIBITED, packet, out);
        return deny(packet, DropReason.LABEL_DENIED, out);
      }
    }
    return !checksMarks
        || checks.allows(now, packet, sid, packet.secmark, Permission.PACKET_RECV)
        || deny(packet, DropReason.PACKET_CLASS_DENIED, out);
  }

  /** Who sent a packet that came in; a label of its own goes into its trail. */
  private int sender(long now, Packet packet) {
    int peer = peers.of(packet);
    if (packet.trail() != null && peer != Sids.NONE) {
      FoundLabel option = netLabels.found(packet);
      String sender =
          peer == PeerLabels.CONFLICT
              ? "what its labels say of its sender contradicts, or means nothing here"
              : "sent by " + policy.server().text(policy.context(peer));
      packet.step(
          now, stack.name(), StepAction.LABELLED, option == null ? sender : option + ", " + sender);
    }
    return peer;
  }

  /** Whether a sender's packet may come in by its NIC, from its address. */
  private boolean arrives(long now, Packet packet, int peer) {
    return checks.allows(now, packet, peer, objects.netif(packet.inPort), Permission.NETIF_INGRESS)
        && checks.allows(
            now,
            packet,
            peer,
            objects.node(checks.v6, checks.sourceHigh, checks.sourceLow),
            Permission.NODE_RECVFROM);
  }

  /** Before network_peer_controls (selinux_sock_rcv_skb_compat). */
  private boolean receiveCompatibly(
      long now, Packet packet, int sid, SocketKind kind, boolean checksMarks, Effects out) {
    if (checksMarks && !checks.allows(now, packet, sid, packet.secmark, Permission.PACKET_RECV)) {
      return deny(packet, DropReason.PACKET_CLASS_DENIED, out);
    }
    if (netLabels.enabled()) {
      int peer = netLabels.receive(packet);
      if (peer == NetLabelHooks.REFUSED) {
        return deny(packet, DropReason.LABEL_DENIED, out);
      }
      int object = peer == Sids.NONE ? Sids.UNLABELED : peer;
      if (!checks.allows(now, packet, sid, object, recvfrom(kind))) {
        tell(now, IcmpError.HOST_PROHIBITED, packet, out);
        return deny(packet, DropReason.LABEL_DENIED, out);
      }
    }
    int association = PeerLabels.association(packet);
    int object = association == Sids.NONE ? Sids.UNLABELED : association;
    return checks.allows(now, packet, sid, object, Permission.ASSOCIATION_RECVFROM)
        || deny(packet, DropReason.LABEL_DENIED, out);
  }

  private static Permission recvfrom(SocketKind kind) {
    return switch (kind) {
      case TCP -> Permission.TCP_RECVFROM;
      case UDP -> Permission.UDP_RECVFROM;
      case RAW -> Permission.RAWIP_RECVFROM;
    };
  }

  /** A denial is told only to who put a CIPSO option on the packet (cipso_v4_error). */
  private void tell(long now, IcmpError error, Packet packet, Effects out) {
    if (netLabels.carriesCipso(packet) && checks.protocol(packet) != IpProtocol.ICMP) {
      stack.unreachable(now, error, packet, out);
    }
  }

  private static boolean deny(Packet packet, DropReason reason, Effects out) {
    out.drop(packet, reason);
    return false;
  }

  @Override
  public int connectionRequest(int listener, Packet syn) {
    int peer = peer(syn);
    return peer == Sids.NONE ? listener : withLevel(listener, peer);
  }

  /** A context with the range of another one (security_sid_mls_copy). */
  private int withLevel(int sid, int levelOf) {
    if (!policy.server().policy().mls()) {
      return sid;
    }
    PolicyContext own = policy.context(sid);
    PolicyContext child =
        new PolicyContext(own.user(), own.role(), own.type(), policy.context(levelOf).range());
    return policy.sid(child);
  }

  @Override
  public int peer(Packet packet) {
    if (!checksPeers()) {
      return Sids.NONE;
    }
    return Math.max(Sids.NONE, peers.of(packet));
  }

  // --- packets on their way out ---

  @Override
  public boolean localOut(long now, Packet packet, Effects out) {
    if (!netLabels.enabled() || packet.origin == Origin.FOREIGN) {
      return true;
    }
    if (packet.origin == Origin.KERNEL) {
      return true; // its sockets are older than all labels: answers keep what they repeat
    }
    if (packet.noXfrm && packet.origin != Origin.SOCKET) {
      return true; // the option that the socket has is inside
    }
    return labels(now, packet, packet.label) || refuse(packet, Errno.EPERM, out);
  }

  /** Labels a packet by its next destination; false if that cannot be done. */
  private boolean labels(long now, Packet packet, int subject) {
    Errno errno = netLabels.label(packet, subject);
    if (packet.trail() != null) {
      FoundLabel label = netLabels.found(packet);
      if (errno != Errno.OK) {
        packet.step(now, stack.name(), StepAction.DENIED, "no label can be put on it: " + errno);
      } else if (label != null) {
        packet.step(now, stack.name(), StepAction.LABELLED, label);
      }
    }
    return errno == Errno.OK;
  }

  private boolean refuse(Packet packet, Errno errno, Effects out) {
    refusal = errno;
    return deny(packet, DropReason.LABEL_DENIED, out);
  }

  @Override
  public boolean forward(long now, Packet packet, Effects out) {
    boolean checksPeers = checksPeers();
    boolean checksMarks = checksMarks();
    if (!has(Capability.NETWORK_PEER_CONTROLS) || (!checksPeers && !checksMarks)) {
      return true;
    }
    checks.about(packet, packet.inPort);
    int peer = sender(now, packet);
    if (peer == PeerLabels.CONFLICT) {
      return deny(packet, DropReason.LABEL_DENIED, out);
    }
    if (checksPeers && !arrives(now, packet, peer)) {
      tell(now, IcmpError.NET_PROHIBITED, packet, out);
      return deny(packet, DropReason.LABEL_DENIED, out);
    }
    if (checksMarks
        && !checks.allows(now, packet, peer, packet.secmark, Permission.PACKET_FORWARD_IN)) {
      return deny(packet, DropReason.PACKET_CLASS_DENIED, out);
    }
    return !netLabels.enabled()
        || labels(now, packet, peer)
        || deny(packet, DropReason.LABEL_DENIED, out);
  }

  @Override
  public boolean postrouting(
      long now, Packet packet, int device, boolean transformAhead, Effects out) {
    boolean checksPeers = checksPeers();
    boolean checksMarks = checksMarks();
    if (!checksPeers && !checksMarks || transformAhead && packet.origin != Origin.LISTENER) {
      return true; // what has a transform ahead is checked after it
    }
    checks.about(packet, device);
    if (!has(Capability.NETWORK_PEER_CONTROLS)) {
      return leavesCompatibly(now, packet, checksMarks, out);
    }
    int subject = subject(packet);
    if (subject == PeerLabels.CONFLICT) {
      return refuse(packet, Errno.EPERM, out);
    }
    Permission send =
        packet.origin == Origin.FOREIGN ? Permission.PACKET_FORWARD_OUT : Permission.PACKET_SEND;
    if (checksMarks && !checks.allows(now, packet, subject, packet.secmark, send)) {
      refusal = Errno.ECONNREFUSED;
      return deny(packet, DropReason.PACKET_CLASS_DENIED, out);
    }
    return !checksPeers
        || checks.allows(now, packet, subject, objects.netif(device), Permission.NETIF_EGRESS)
            && checks.allows(
                now,
                packet,
                subject,
                objects.node(checks.v6, checks.targetHigh, checks.targetLow),
                Permission.NODE_SENDTO)
        || refuse(packet, Errno.ECONNREFUSED, out);
  }

  /**
   * Who sends a packet: its socket, the request that a listener answers, its sender, the kernel.
   */
  private int subject(Packet packet) {
    return switch (packet.origin) {
      case FOREIGN -> peers.of(packet);
      case KERNEL -> Sids.KERNEL;
      case SOCKET, CONNECTED, LISTENER -> packet.label;
    };
  }

  /** Before network_peer_controls (selinux_ip_postroute_compat). */
  private boolean leavesCompatibly(long now, Packet packet, boolean checksMarks, Effects out) {
    if (packet.origin == Origin.FOREIGN || packet.origin == Origin.KERNEL) {
      return true;
    }
    int subject = packet.label;
    if (checksMarks
        && !checks.allows(now, packet, subject, packet.secmark, Permission.PACKET_SEND)) {
      refusal = Errno.ECONNREFUSED;
      return deny(packet, DropReason.PACKET_CLASS_DENIED, out);
    }
    return isIpsec(checks.protocol(packet))
        || checks.allows(now, packet, subject, Sids.UNLABELED, Permission.ASSOCIATION_SENDTO)
        || refuse(packet, Errno.ECONNREFUSED, out);
  }

  /** What was transformed was asked about before (selinux_xfrm_postroute_last). */
  private static boolean isIpsec(int protocol) {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }

  @Override
  public Errno refusal() {
    return refusal;
  }
}
