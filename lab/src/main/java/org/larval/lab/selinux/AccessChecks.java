package org.larval.lab.selinux;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.larval.guest.SocketKind;
import org.larval.labels.Decision;
import org.larval.labels.avc.AuditData;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * Puts one question after the other to the policy: about a packet, with its addresses for the audit
 * record and a step of its trail, or about a system call.
 */
final class AccessChecks {
  private final LoadedPolicy policy;
  private final ObjectSids objects;
  private final String place;
  private final Supplier<AuditData> audit = this::auditData;

  /** Addresses of the packet that the questions are about. */
  final FlowKey flow = new FlowKey();

  private boolean decoded;
  private int nic;

  // of a system call
  private @Nullable IpAddress address;
  private int port;
  private boolean remote;

  AccessChecks(LoadedPolicy policy, ObjectSids objects, String place) {
    this.policy = policy;
    this.objects = objects;
    this.place = place;
  }

  /**
   * The questions to come are about a packet, reader index at its IP header.
   *
   * @param device the NIC to name in audit records, -1 for the loopback
   */
  void about(Packet packet, int device) {
    decoded = flow.decode(packet);
    nic = device;
    address = null;
  }

  /** Whether somebody may do something to an object of the packet's way. */
  boolean allows(long now, Packet packet, int subject, int object, Permission permission) {
    Decision decision =
        policy.decide(subject, object, permission.securityClass(), permission.permission(), audit);
    if (packet.trail() != null) {
      packet.step(
          now,
          place,
          decision.allowed() ? StepAction.ALLOWED : StepAction.DENIED,
          new Check(
              policy.server().text(policy.context(subject)),
              policy.server().text(policy.context(object)),
              permission.securityClass(),
              permission.permission(),
              decision));
    }
    return decision.allowed();
  }

  /**
   * Whether a socket may do something to an object in a system call.
   *
   * @param at the address in question, null for none
   * @param portNumber the port in question
   * @param isRemote whether both are the other end's
   */
  boolean allows(
      int subject,
      int object,
      SocketKind kind,
      String permission,
      @Nullable IpAddress at,
      int portNumber,
      boolean isRemote) {
    address = at;
    port = portNumber;
    remote = isRemote;
    decoded = false;
    return policy.decide(subject, object, securityClass(kind), permission, audit).allowed();
  }

  static String securityClass(SocketKind kind) {
    return switch (kind) {
      case TCP -> "tcp_socket";
      case UDP -> "udp_socket";
      case RAW -> "rawip_socket";
    };
  }

  private AuditData auditData() {
    AuditData.Network network = null;
    IpAddress at = address;
    if (decoded) {
      boolean ports = flow.protocol == IpProtocol.TCP || flow.protocol == IpProtocol.UDP;
      network =
          AuditData.Network.packet(
              flow.source().toString(),
              ports ? flow.sourcePort : 0,
              flow.target().toString(),
              ports ? flow.targetPort : 0,
              objects.name(nic));
    } else if (at != null || port != 0) {
      String text = at == null || at.isAny() ? null : at.toString();
      network =
          remote
              ? AuditData.Network.packet(null, 0, text, port, null)
              : AuditData.Network.packet(text, port, null, 0, null);
    }
    return new AuditData(AuditData.IDLE.pid(), place, network);
  }
}
