package org.larval.xfrm;

import java.util.function.Consumer;
import org.larval.packet.Packet;

/** What waits in the hold queues of a guest, to be looked at. */
public final class HeldPackets {
  private final HoldStore store;
  private final HoldStats stats;

  HeldPackets(HoldStore store, HoldStats stats) {
    this.store = store;
    this.stats = stats;
  }

  /** What the hold queues did. */
  public HoldStats stats() {
    return stats;
  }

  /** Packets in all hold queues. */
  public int count() {
    return store.heldPackets();
  }

  /** Bytes of packets in all hold queues. */
  public long bytes() {
    return store.heldBytes();
  }

  /** Hold queues that hold anything. */
  public int queues() {
    return store.queues();
  }

  /** Whether some transmission of a TCP segment waits in a hold queue. */
  public boolean stillQueued(long segment) {
    return store.stillQueued(segment);
  }

  /** Shows every held packet, oldest queue first, to an action that must leave it as it is. */
  public void forEach(Consumer<Packet> action) {
    for (HoldQueue queue : store.snapshot()) {
      for (int place = 0; place < queue.size(); place++) {
        action.accept(queue.packet(place));
      }
    }
  }
}
