package org.larval.xfrm;

import java.util.List;
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

  /** Kinds of events that are only emitted where somebody asked for them. */
  enum Group {
    /** {@link StateAdded}, {@link StateDeleted}, {@link StatesFlushed} (XFRMNLGRP_SA). */
    SA,
    /** {@link PolicyAdded}, {@link PolicyDeleted}, {@link PoliciesFlushed} (XFRMNLGRP_POLICY). */
    POLICY,
    /** {@link Replay} (XFRMNLGRP_AEVENTS). */
    AEVENTS
  }

  /**
   * A state was installed (XFRM_MSG_NEWSA) or updated (XFRM_MSG_UPDSA).
   *
   * @param state as it was given; an update of limits has no effect on where it came from
   */
  record StateAdded(State state, boolean update) implements XfrmEvent {}

  /** A state was deleted by its user (XFRM_MSG_DELSA). */
  record StateDeleted(State state) implements XfrmEvent {}

  /**
   * All states of a protocol were deleted (XFRM_MSG_FLUSHSA).
   *
   * @param protocol 0 for all
   */
  record StatesFlushed(int protocol) implements XfrmEvent {}

  /** A policy was installed (XFRM_MSG_NEWPOLICY) or updated (XFRM_MSG_UPDPOLICY). */
  record PolicyAdded(Policy policy, boolean update) implements XfrmEvent {}

  /** A policy was deleted by its user (XFRM_MSG_DELPOLICY). */
  record PolicyDeleted(Policy policy) implements XfrmEvent {}

  /** All policies were deleted (XFRM_MSG_FLUSHPOLICY). */
  record PoliciesFlushed() implements XfrmEvent {}

  /**
   * How far the numbers of an SA are (XFRM_MSG_NEWAE).
   *
   * @param byTimer whether because of the time, not because of how many numbers passed
   * @param lastIn the highest number received, unsigned
   * @param lastOut the last number sent, unsigned
   */
  record Replay(State state, boolean byTimer, long lastIn, long lastOut) implements XfrmEvent {}

  /**
   * An authentic packet of an encapsulated SA came from another address or port than the SA says
   * (XFRM_MSG_MAPPING). The SA is left as it is.
   */
  record Mapping(State state, IpAddress source, int sourcePort) implements XfrmEvent {}

  /**
   * The stack is to send one octet 0xFF over UDP, between the addresses and ports of an outbound SA
   * and with the mark that it sets, since nothing else was sent for a while (RFC 3948 section 2.3).
   */
  record Keepalive(State state) implements XfrmEvent {}

  /**
   * Policies and states changed their endpoints (XFRM_MSG_MIGRATE).
   *
   * @param encap what was asked for, or null
   */
  record Migrated(
      Selector selector, Direction direction, List<Migration> migrations, @Nullable Encap encap)
      implements XfrmEvent {}

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
   * Rejections#PER_SECOND} a second.
   *
   * @param quote the first bytes of the packet, from its IP header
   * @param packet the number of the packet
   * @param flow the ledger's flow of the packet
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Reject(Cause cause, Policy policy, int label, long packet, int flow, byte[] quote)
      implements XfrmEvent {}
}
