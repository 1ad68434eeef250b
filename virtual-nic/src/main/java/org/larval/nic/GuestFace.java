package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/** The NIC as its guest sees it: the driver's end. One thread at a time. */
public interface GuestFace {
  /**
   * Sends a frame, whose reader index is at the Ethernet header. The packet is taken in any case:
   * what cannot be sent is dropped (NIC_RING_FULL, NIC_FRAME_SIZE, NIC_BROKEN).
   *
   * @return whether the frame is in the ring
   */
  boolean transmit(long now, Packet packet, Effects out);

  /**
   * Takes up to {@code budget} received frames, each given to {@link Effects#forward}. When frames
   * remain, the guest's doorbell is rung again.
   *
   * @return how many descriptors were handled
   */
  int receive(long now, Effects out, int budget);

  /** From now on frames enter the ring without telling the lab, until {@link #flush}. */
  void cork();

  /** Ends a {@link #cork} and publishes what it held back, with one doorbell for all. */
  void flush(Effects out);

  /** Which rule the ring broke, or null while the NIC works. */
  @Nullable RingFault fault();

  /** What this face counted. */
  NicCounters counters();
}
