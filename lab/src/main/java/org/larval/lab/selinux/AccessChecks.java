package org.larval.lab.selinux;

import io.netty.buffer.ByteBuf;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.larval.guest.SocketKind;
import org.larval.labels.Decision;
import org.larval.labels.avc.AuditData;
import org.larval.labels.avc.LoadedPolicy;
import org.larval.labels.avc.NamedPermission;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Puts one question after the other to the policy: about a packet, with its addresses for the audit
 * record and a step of its trail, or about a system call.
 */
final class AccessChecks {
  private final LoadedPolicy policy;
  private final ObjectSids objects;
  private final String place;
  private final Supplier<AuditData> audit = this::auditData;

  /** The packet that the questions are about, as far as an audit record or an answer needs it. */
  private final FlowKey flow = new FlowKey();

  private final NamedPermission[] permissions = new NamedPermission[Permission.values().length];

  // of the packet: where it is, and its ends
  private @Nullable Packet about;
  private int nic;
  boolean v6;
  long sourceHigh;
  long sourceLow;
  long targetHigh;
  long targetLow;

  // of a system call
  private @Nullable IpAddress address;
  private int port;
  private boolean remote;

  /** The last system call that was denied. */
  Decision.@Nullable Denied refused;

  AccessChecks(LoadedPolicy policy, ObjectSids objects, String place) {
    this.policy = policy;
    this.objects = objects;
    this.place = place;
    for (Permission each : Permission.values()) {
      permissions[each.ordinal()] = new NamedPermission(each.securityClass(), each.permission());
    }
  }

  /**
   * The questions to come are about a packet, reader index at its sound IP header.
   *
   * @param device the NIC to name in audit records, -1 for the loopback
   */
  void about(Packet packet, int device) {
    nic = device;
    address = null;
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int length = data.readableBytes();
    v6 = length >= Ipv6View.HEADER && data.getUnsignedByte(at) >>> 4 == 6;
    if (length < Ipv4View.HEADER) {
      return; // there is no such packet
    }
    sourceHigh = v6 ? data.getLong(at + 8) : 0;
    sourceLow = v6 ? data.getLong(at + 16) : data.getUnsignedInt(at + 12);
    targetHigh = v6 ? data.getLong(at + 24) : 0;
    targetLow = v6 ? data.getLong(at + 32) : data.getUnsignedInt(at + 16);
  }

  /** The protocol after the IP header of the packet that the questions are about. */
  int protocol(Packet packet) {
    return flow.decode(packet) ? flow.protocol : -1;
  }

  /** Whether somebody may do something to an object of the packet's way. */
  boolean allows(long now, Packet packet, int subject, int object, Permission permission) {
    about = packet; // only while asking: packets are used again
    Decision decision = policy.decide(subject, object, permissions[permission.ordinal()], audit);
    about = null;
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
    Decision decision = policy.decide(subject, object, securityClass(kind), permission, audit);
    if (decision instanceof Decision.Denied denied) {
      refused = denied;
    }
    return decision.allowed();
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
    Packet packet = about;
    if (packet != null && flow.decode(packet)) {
      boolean ports = flow.protocol == IpProtocol.TCP || flow.protocol == IpProtocol.UDP;
      network =
          AuditData.Network.packet(
              flow.source().toString(),
              ports ? flow.sourcePort : 0,
              flow.target().toString(),
              ports ? flow.targetPort : 0,
              objects.name(nic));
    } else if (packet == null && (at != null || port != 0)) {
      String text = at == null || at.isAny() ? null : at.toString();
      network =
          remote
              ? AuditData.Network.packet(null, 0, text, port, null)
              : AuditData.Network.packet(text, port, null, 0, null);
    }
    return new AuditData(AuditData.IDLE.pid(), place, network);
  }
}
