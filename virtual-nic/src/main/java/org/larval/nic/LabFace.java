package org.larval.nic;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * The NIC as the lab's street sees it: the device's end. One thread at a time. A control plane that
 * has no ring (a TAP interface, a capture) can be a lab face as well.
 */
public interface LabFace {
  /**
   * Takes up to {@code budget} frames that the guest sent, each given to {@link Effects#send} with
   * the NIC's port. When frames remain, the lab's doorbell is rung again.
   *
   * @return how many chains were handled
   */
  int drain(long now, Effects out, int budget);

  /**
   * Gives a frame, whose reader index is at the Ethernet header, to the guest. The packet is taken
   * in any case: what cannot be delivered is dropped (NIC_RING_FULL, NIC_FRAME_SIZE, NIC_BROKEN).
   *
   * @return whether the frame is in the ring
   */
  boolean deliver(long now, Packet packet, Effects out);

  /** From now on frames enter the ring without telling the guest, until {@link #flush}. */
  void cork();

  /** Ends a {@link #cork} and publishes what it held back, with one doorbell for all. */
  void flush(Effects out);

  /** Which rule the ring broke, or null while the NIC works. */
  @Nullable RingFault fault();

  /** What this face counted. */
  NicCounters counters();

  /** How its rings stand now; none where frames cross without one. */
  default List<QueueState> queues() {
    return List.of();
  }
}
