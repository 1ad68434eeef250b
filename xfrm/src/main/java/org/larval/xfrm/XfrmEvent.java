package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Event;
import org.larval.wire.IpAddress;

/** What the xfrm engine announces. */
public sealed interface XfrmEvent extends Event {
  /**
   * A key manager is asked for an SA (XFRM_MSG_ACQUIRE).
   *
   * @param sequence ties the answer to the larval state; never 0
   * @param selector exactly the flow that asked
   * @param policy the policy concerned, with its own selector
   * @param label the flow's context under a labelled policy, else null
   */
  record Acquire(
      int sequence,
      IpAddress source,
      IpAddress target,
      Selector selector,
      Template template,
      Policy policy,
      @Nullable SecurityLabel label,
      Mark mark,
      int ifId)
      implements XfrmEvent {
    @Override
    public String toString() {
      return "acquire "
          + Integer.toUnsignedString(sequence)
          + " "
          + source
          + " -> "
          + target
          + " for "
          + selector
          + (label == null ? "" : " ctx " + label);
    }
  }

  /** A state reached a soft limit, or a hard one and is gone (XFRM_MSG_EXPIRE). */
  record Expire(State state, boolean hard) implements XfrmEvent {}

  /** A policy reached a soft limit, or a hard one and is gone (XFRM_MSG_POLEXPIRE). */
  record PolicyExpired(Policy policy, boolean hard) implements XfrmEvent {}

  /** Callers that were told {@link Lookup.Sleep} look up again. */
  record Wake() implements XfrmEvent {
    static final Wake ALL = new Wake();
  }

  /** Why a sender is told that its packet was refused (RFC 4301 5.1.1). */
  enum Cause {
    /** The peer answered but no SA could be made: administratively prohibited. */
    PROHIBITED,
    /** The peer did not answer: host or address unreachable. */
    UNREACHABLE
  }

  /**
   * A held packet's resolution failed and its sender is to be told by ICMP. Limited to {@value
   * HoldDesk#REJECTS_PER_SECOND} a second.
   *
   * @param quote the first bytes of the packet, from its IP header
   * @param packet the number of the packet
   * @param flow the ledger's flow of the packet
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Reject(Cause cause, Policy policy, int label, long packet, int flow, byte[] quote)
      implements XfrmEvent {}
}
