package org.larval.xfrm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * All hold queues with their bounds: what is in them, what gives way, and the books. A queue is in
 * the map exactly while it holds packets; the oldest resolution stands first.
 */
final class HoldStore {
  private final SaMissPolicy rules;
  private final Agenda agenda;
  private final HoldStats stats;
  private final LinkedHashMap<AcquireKey, HoldQueue> queues = new LinkedHashMap<>();
  private int heldPackets;
  private long heldBytes;

  HoldStore(SaMissPolicy rules, Agenda agenda, HoldStats stats) {
    this.rules = rules;
    this.agenda = agenda;
    this.stats = stats;
  }

  int heldPackets() {
    return heldPackets;
  }

  long heldBytes() {
    return heldBytes;
  }

  int queues() {
    return queues.size();
  }

  @Nullable HoldQueue get(AcquireKey key) {
    return queues.get(key);
  }

  /** The queue that holds packets under the same key, or this one. */
  HoldQueue inUse(HoldQueue queue) {
    HoldQueue used = queues.get(queue.key);
    return used == null ? queue : used;
  }

  boolean stillQueued(long segment) {
    if (segment == 0 || heldPackets == 0) {
      return false;
    }
    for (HoldQueue queue : queues.values()) {
      if (queue.indexOf(segment) >= 0) {
        return true;
      }
    }
    return false;
  }

  List<HoldQueue> snapshot() {
    return queues.isEmpty() ? List.of() : new ArrayList<>(queues.values());
  }

  /** Counts a queue among the resolutions, before its first packet; the oldest may have to go. */
  void begin(long now, HoldQueue queue, Effects out) {
    if (queue.size() > 0) {
      return;
    }
    if (queues.size() >= rules.limits().resolutions()) {
      fail(now, queues.firstEntry().getValue(), DropReason.HOLD_RESOLUTION_EVICTED, out);
    }
    queues.put(queue.key, queue);
  }

  /** Puts a packet that was held before into a queue, whatever the limits say. */
  void putBack(HoldQueue queue, Packet packet, int oif, long deadline) {
    if (queue.size() == 0) {
      queues.put(queue.key, queue);
    }
    insert(queue, packet, oif, deadline);
  }

  /** Puts a packet at the place of another, which is returned. */
  Packet replace(HoldQueue queue, int place, Packet packet) {
    heldBytes += packet.length();
    Packet old = queue.replace(place, packet);
    heldBytes -= old.length();
    return old;
  }

  void insert(HoldQueue queue, Packet packet, int oif, long deadline) {
    queue.add(packet, oif, deadline);
    heldPackets++;
    heldBytes += packet.length();
    if (!queue.age.armed() && deadline != Long.MAX_VALUE) {
      agenda.arm(queue.age, deadline);
    }
  }

  /** Makes room by the rule of overflow; answers why there is none. */
  @Nullable DropReason makeRoom(long now, HoldQueue queue, int length, Effects out) {
    SaMissPolicy.Limits limits = rules.limits();
    boolean newest = rules.overflow() == SaMissPolicy.Overflow.DROP_NEWEST;
    if (length > limits.bytes() || length > limits.globalBytes() || limits.packets() == 0) {
      return limits.packets() == 0 ? DropReason.HOLD_OVERFLOW_NEWEST : DropReason.HOLD_LIMIT_BYTES;
    }
    while (queue.size() >= limits.packets() || queue.bytes() + length > limits.bytes()) {
      if (newest) {
        return queue.size() >= limits.packets()
            ? DropReason.HOLD_OVERFLOW_NEWEST
            : DropReason.HOLD_LIMIT_BYTES;
      }
      dropOldest(now, queue, DropReason.HOLD_OVERFLOW_OLDEST, out);
    }
    while (heldBytes + length > limits.globalBytes()) {
      HoldQueue victim = newest ? null : globalVictim(queue);
      if (victim == null) {
        return DropReason.HOLD_LIMIT_BYTES;
      }
      if (victim == queue) {
        dropOldest(now, queue, DropReason.HOLD_OVERFLOW_OLDEST, out);
      } else {
        fail(now, victim, DropReason.HOLD_RESOLUTION_EVICTED, out);
      }
    }
    return null;
  }

  private @Nullable HoldQueue globalVictim(HoldQueue queue) {
    if (rules.overflow() == SaMissPolicy.Overflow.FAIL_OLDEST_RESOLUTION) {
      for (HoldQueue other : queues.values()) {
        if (other != queue) {
          return other;
        }
      }
    }
    return queue.size() > 0 ? queue : null;
  }

  void dropOldest(long now, HoldQueue queue, DropReason reason, Effects out) {
    Packet oldest = queue.removeFirst();
    heldPackets--;
    heldBytes -= oldest.length();
    if (queue.size() == 0) {
      forget(queue);
    }
    drop(now, oldest, reason, out);
  }

  void drop(long now, Packet packet, DropReason reason, Effects out) {
    stats.dropped++;
    packet.heldNanos += now - packet.heldSince;
    out.drop(packet, reason);
  }

  private void forget(HoldQueue queue) {
    queues.remove(queue.key, queue);
    agenda.cancel(queue.poll);
    agenda.cancel(queue.age);
  }

  /** Takes all packets out of a queue, which may fill again at once. */
  HoldQueue detach(HoldQueue queue) {
    HoldQueue taken = queue.detach();
    forget(queue);
    heldPackets -= taken.size();
    heldBytes -= taken.bytes();
    return taken;
  }

  void purge(long now, HoldQueue queue, DropReason reason, Effects out) {
    HoldQueue taken = detach(queue);
    for (int i = 0; i < taken.size(); i++) {
      drop(now, taken.packet(i), reason, out);
    }
  }

  /** Ends a resolution with all its packets. */
  void fail(long now, HoldQueue queue, DropReason reason, Effects out) {
    queue.gap = 0;
    purge(now, queue, reason, out);
  }
}
