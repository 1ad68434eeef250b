package org.larval.guest;

import java.util.ArrayDeque;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;

/**
 * Packets from this guest to itself. They wait for the next deadline, at the same instant, as they
 * wait for the softirq in Linux: so no call is made from within itself.
 */
final class Loopback {
  private final ArrayDeque<Packet> backlog = new ArrayDeque<>();
  private final GuestStack stack;
  private final int limit;
  private final Alarm softirq;

  Loopback(GuestStack stack, int limit) {
    this.stack = stack;
    this.limit = limit;
    softirq = stack.alarms.make(this::drain);
  }

  Errno take(long now, Packet packet, Effects out) {
    if (backlog.size() == limit) {
      out.drop(packet, DropReason.NIC_RING_FULL);
      return Errno.OK;
    }
    backlog.addLast(packet);
    if (!softirq.isSet()) {
      softirq.set(now);
    }
    return Errno.OK;
  }

  private void drain(long now, Effects out) {
    for (int waiting = backlog.size(); waiting > 0; waiting--) {
      Packet packet = backlog.removeFirst();
      packet.inPort = -1;
      stack.ipInput.receive(now, packet, out);
    }
    if (!backlog.isEmpty() && !softirq.isSet()) {
      softirq.set(now);
    }
  }

  void close(Effects out) {
    while (!backlog.isEmpty()) {
      out.drop(backlog.removeFirst(), DropReason.LAB_ENDED);
    }
  }
}
