package org.larval.nic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
  private static final VarHandle POLLS;

  static {
    try {
      POLLS = MethodHandles.lookup().findVarHandle(NicState.class, "polls", int.class);
    } catch (ReflectiveOperationException missing) {
      throw new ExceptionInInitializerError(missing);
    }
  }

  /** The shortest frame: an Ethernet header. */
  static final int MIN_FRAME = 14;

  final String name;
  final MacAddress mac;

  /** The frames that the guest sends. */
  final FrameMemory sent;

  /** The frames that the guest receives. */
  final FrameMemory received;

  private final boolean mayVanish;

  /** Counted down by {@link #settle}. */
  @SuppressWarnings("unused")
  private int polls;

  @Nullable RingFault fault;

  /** What the face works on that puts frames into a ring: the lab's or the guest's. */
  final InHand putting = new InHand();

  /** What the face works on that takes frames out. */
  final InHand taking = new InHand();

  NicState(String name, MacAddress mac, FrameMemory sent, FrameMemory received) {
    this.name = name;
    this.mac = mac;
    this.sent = sent;
    this.received = received;
    this.mayVanish = sent.mayVanish() || received.mayVanish();
  }

  /**
   * Lets the InternalError of a vanished page come out here, if there is one. The JVM delivers it
   * late, at the next safepoint poll of compiled code, which may be in a room that knows nothing of
   * this NIC. So every face settles after it touched the memory and before it gives a packet away,
   * rings, or returns. A loop whose counter the compiler cannot see through keeps its poll.
   */
  void settle() {
    if (!mayVanish) {
      return;
    }
    POLLS.setOpaque(this, 3);
    int left = 3;
    while (left > 0) {
      left = (int) POLLS.getOpaque(this) - 1;
      POLLS.setOpaque(this, left);
    }
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
    int dropped = end(putting, out, reason) + end(taking, out, reason);
    return dropped + sent.abandon(out, reason) + received.abandon(out, reason);
  }

  private int end(InHand hand, Effects out, DropReason reason) {
    int dropped = 0;
    while (hand.count() > 0) {
      Packet packet = hand.takeLast();
      // it may stand in a ring already: memory errors come late
      if (!sent.contains(packet) && !received.contains(packet)) {
        out.drop(packet, reason);
        dropped++;
      }
    }
    return dropped;
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
