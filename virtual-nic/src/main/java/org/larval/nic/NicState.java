package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.wire.MacAddress;

/**
 * What the faces of one NIC share when they are in one process: who it is, where its frames are,
 * and whether it was stopped.
 */
final class NicState {
  /** The shortest frame: an Ethernet header. */
  static final int MIN_FRAME = 14;

  final String name;
  final MacAddress mac;

  /** The frames that the guest sends. */
  final FrameMemory sent;

  /** The frames that the guest receives. */
  final FrameMemory received;

  @Nullable RingFault fault;

  /** The packet that a face works on and has neither put into a ring nor given away yet. */
  @Nullable Packet inHand;

  NicState(String name, MacAddress mac, FrameMemory sent, FrameMemory received) {
    this.name = name;
    this.mac = mac;
    this.sent = sent;
    this.received = received;
  }

  /** Stops the NIC: drops every packet that is under way in it and says so, once. */
  void stop(RingFault reason, NicCounters counters, Effects out) {
    boolean first = fault == null;
    if (first) {
      fault = reason;
    }
    counters.brokenDrops += end(out, DropReason.NIC_BROKEN);
    if (first) {
      out.emit(new NicBroken(name, reason));
    }
  }

  /** Drops every packet that is under way in the NIC and returns how many. */
  int end(Effects out, DropReason reason) {
    Packet packet = inHand;
    inHand = null;
    int dropped = 0;
    // the packet in hand may stand in a ring already: memory errors come late
    if (packet != null && !sent.contains(packet) && !received.contains(packet)) {
      out.drop(packet, reason);
      dropped++;
    }
    return dropped + sent.abandon(out, reason) + received.abandon(out, reason);
  }

  /** Forgets what belongs to the guest that sends: only the frame goes out on the street. */
  static void leaveGuest(Packet packet) {
    packet.companion = null;
    packet.clearTransforms();
    packet.headers(-1, -1);
    packet.mark = 0;
    packet.noXfrm = false;
    packet.segment = 0;
  }
}
