package org.larval.guest.tcp;

/**
 * Whether an earlier transmission of a segment still sits in a queue of this guest: what Linux asks
 * with skb_still_in_host_queue before it sends a segment again. A segment that waits in a hold
 * queue is then neither sent nor counted a second time.
 */
@FunctionalInterface
public interface StillQueued {
  /** A guest that never looks: the queue itself refuses the duplicate. */
  StillQueued NEVER = segment -> false;

  /** Asks for a {@link org.larval.packet.Packet#segment}. */
  boolean stillQueued(long segment);
}
