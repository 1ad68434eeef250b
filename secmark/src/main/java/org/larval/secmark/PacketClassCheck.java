package org.larval.secmark;

import org.larval.labels.Decision;
import org.larval.labels.LabelPolicy;
import org.larval.packet.DropReason;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.packet.Verdict;

/**
 * Asks a policy whether somebody may do something to a packet of its mark (class {@code packet},
 * selinux_ip_postroute and selinux_socket_sock_rcv_skb). A packet without mark counts as unlabeled.
 *
 * <p>To be asked only while {@link SecmarkTable#active()}, and not of a packet that still has a
 * transform before it: that one is asked about as ESP.
 */
public final class PacketClassCheck {
  private static final String PACKET = "packet";

  /** What is done to the packet. */
  public enum Permission {
    /** The subject is the sending socket. */
    SEND("send"),
    /** The subject is the receiving socket. */
    RECV("recv"),
    /** The subject is the packet's peer label, before the packet is forwarded. */
    FORWARD_IN("forward_in"),
    /** The subject is the packet's peer label, when a forwarded packet leaves. */
    FORWARD_OUT("forward_out");

    private final String permission;

    Permission(String permission) {
      this.permission = permission;
    }

    @Override
    public String toString() {
      return PACKET + " " + permission;
    }
  }

  private final LabelPolicy policy;
  private final String place;

  /**
   * A check against a policy.
   *
   * @param place what trails call it, such as the guest's name
   */
  public PacketClassCheck(LabelPolicy policy, String place) {
    this.policy = policy;
    this.place = place;
  }

  /**
   * Decides about one packet and writes the answer into its trail.
   *
   * @param subject the SID of who does it
   */
  public Verdict check(long now, Packet packet, int subject, Permission permission) {
    Decision decision = policy.decide(subject, packet.secmark, PACKET, permission.permission);
    return switch (decision) {
      case Decision.Denied denied -> {
        packet.step(now, place, StepAction.DENIED, denied);
        yield Verdict.drop(DropReason.PACKET_CLASS_DENIED);
      }
      case Decision.Allowed allowed -> {
        boolean byRule = allowed.despite() == null;
        packet.step(now, place, StepAction.ALLOWED, byRule ? permission : allowed);
        yield Verdict.CONTINUE;
      }
    };
  }

  /**
   * A gate that takes the packet's flow label as subject: right for SEND, where it is the socket.
   */
  public Gate byFlow(Permission permission) {
    return (now, packet) -> check(now, packet, packet.label, permission);
  }

  /** A gate with always the same subject: right for RECV where all sockets have one label. */
  public Gate by(int subject, Permission permission) {
    return (now, packet) -> check(now, packet, subject, permission);
  }
}
