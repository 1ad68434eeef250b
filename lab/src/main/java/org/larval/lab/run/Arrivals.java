package org.larval.lab.run;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/**
 * Which frames of a replay arrived. No application of ours wrote them, so none reads them back;
 * what counts is where their packets end. A frame arrived when another guest's stack took it past
 * its inbound policy check: a protocol or socket used it, or only nobody listened or no connection
 * fitted; and a fragment, when its datagram was put together.
 */
final class Arrivals {
  private final FlowAccount account;
  private final Set<String> receivers;

  /** The packet that was sent, by sequence number. */
  private long[] origins = new long[64];

  /** When it was merged into another packet at a receiver, or -1. */
  private long[] mergedAt = new long[64];

  private int count;

  Arrivals(FlowAccount account, Set<String> guests) {
    this.account = account;
    receivers = new LinkedHashSet<>(guests);
    receivers.remove(account.from());
  }

  int flow() {
    return account.number();
  }

  void sends(Packet packet) {
    if (count == origins.length) {
      origins = Arrays.copyOf(origins, count * 2);
      mergedAt = Arrays.copyOf(mergedAt, count * 2);
    }
    origins[count] = packet.id();
    mergedAt[count++] = -1;
  }

  /** A packet of the replay, a copy or a fragment of one; not a receiver's answer to it. */
  boolean owns(Packet packet) {
    int sequence = packet.sequence;
    return packet.flow == flow()
        && sequence >= 0
        && sequence < count
        && (packet.parent() != 0 || packet.id() == origins[sequence]);
  }

  void delivered(long now, String place, Packet packet) {
    if (receivers.contains(place)) {
      account.received(now, packet.sequence);
    }
  }

  void absorbed(long now, String place, Packet packet) {
    if (receivers.contains(place) && mergedAt[packet.sequence] < 0) {
      mergedAt[packet.sequence] = now;
    }
  }

  void dropped(long now, String place, Packet packet, DropReason reason) {
    if (admitted(reason)) {
      delivered(now, place, packet);
    }
  }

  /** Reasons that come only after the inbound policy check. */
  private static boolean admitted(DropReason reason) {
    return switch (reason) {
      case NO_SOCKET, SOCKET_BUFFER_FULL, TCP_INVALID, TCP_OUT_OF_WINDOW -> true;
      default -> false;
    };
  }

  /** The run is over: fragments whose datagram lives on under the first one's number. */
  void close() {
    for (int i = 0; i < count; i++) {
      if (mergedAt[i] >= 0 && account.reason(i) == null) {
        account.receivedInside(mergedAt[i], i);
      }
    }
  }
}
