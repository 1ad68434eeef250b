package org.larval.packet;

import org.jspecify.annotations.Nullable;

/**
 * Why a packet ended before it was delivered: a closed list, one sentence each. Where Linux counts
 * the same event in /proc/net/xfrm_stat, {@link #linuxCounter()} names the counter.
 */
public enum DropReason {
  // Street: links and bridges
  LINK_LOSS("lost on the link by the loss rule"),
  LINK_QUEUE_FULL("the link's queue was full"),
  LINK_DOWN("the link was down"),
  BRIDGE_LOOP("the bridge would send the frame back out of the port it came from"),
  BRIDGE_NO_PORT("the bridge has no other port"),
  BRIDGE_RESERVED("a bridge must not pass on this reserved group address"),
  // Door: the NIC
  NIC_RING_FULL("the NIC's ring was full"),
  NIC_BROKEN("the NIC's ring broke a rule and was stopped"),
  NIC_DOWN("no driver runs the guest's NIC"),
  NIC_FRAME_SIZE("the frame is too short or too long for the NIC's buffers"),
  NOT_FOR_US("the frame was addressed to another station"),
  // Formats
  MALFORMED("a header was malformed"),
  BAD_CHECKSUM("a checksum was wrong"),
  UNKNOWN_PROTOCOL("nobody handles this protocol"),
  // IP
  NO_ROUTE("no route to the destination"),
  NOT_FORWARDING("the guest does not forward"),
  TTL_EXPIRED("the time to live ran out"),
  FRAGMENTATION_NEEDED("too big for the path and must not be fragmented"),
  REASSEMBLY_TIMEOUT("fragments did not all arrive in time"),
  REASSEMBLY_OVERFLOW("the reassembly limit was reached"),
  REASSEMBLY_OVERLAP("fragments overlapped"),
  MARTIAN("an address that must not appear here"),
  NEIGHBOUR_FAILED("the link-layer address of the next hop could not be resolved"),
  NEIGHBOUR_QUEUE_FULL("too many packets wait for the next hop's link-layer address"),
  // Sockets
  NO_SOCKET("no socket is bound to the port"),
  SOCKET_BUFFER_FULL("the socket's receive buffer was full"),
  TCP_INVALID("the TCP segment fits no connection"),
  TCP_OUT_OF_WINDOW("the TCP segment lies outside the window"),
  TCP_DUPLICATE_QUEUED("an earlier transmission of the segment still waits in a queue"),
  SENDER_GONE("the sender gave up while its packet waited"),
  // Rules and labels
  RULE_DROPPED("a netfilter rule dropped it"),
  CONNTRACK_TABLE_FULL("the table of connections was full"),
  CONNTRACK_CLASH("another packet of the same new connection was confirmed first"),
  CONNTRACK_REFUSED("the connection was being removed"),
  PACKET_CLASS_DENIED("a packet class check denied it"),
  LABEL_DENIED("the labels do not allow it"),
  CIPSO_REFUSED("the CIPSO or CALIPSO option was not acceptable"),
  // xfrm, inbound
  XFRM_IN_ERROR("the inbound IPsec path failed", "XfrmInError"),
  XFRM_IN_BUFFER_ERROR("too many transforms in one packet", "XfrmInBufferError"),
  XFRM_IN_HDR_ERROR("the IPsec header or flow could not be decoded", "XfrmInHdrError"),
  XFRM_IN_NO_STATES("no SA has this destination, SPI and protocol", "XfrmInNoStates"),
  XFRM_IN_STATE_PROTO_ERROR("authentication or decryption failed", "XfrmInStateProtoError"),
  XFRM_IN_STATE_MODE_ERROR("the inner packet does not fit the SA's mode", "XfrmInStateModeError"),
  XFRM_IN_STATE_SEQ_ERROR("a replayed or too old ESP or AH sequence number", "XfrmInStateSeqError"),
  XFRM_IN_STATE_EXPIRED("the inbound SA reached a hard limit", "XfrmInStateExpired"),
  XFRM_IN_STATE_MISMATCH(
      "the packet does not fit the SA's selector or encapsulation", "XfrmInStateMismatch"),
  XFRM_IN_STATE_INVALID("the inbound SA is not valid", "XfrmInStateInvalid"),
  XFRM_IN_TMPL_MISMATCH("not protected as the inbound policy demands", "XfrmInTmplMismatch"),
  XFRM_IN_NO_POLS("an SA was used that no inbound policy allows", "XfrmInNoPols"),
  XFRM_IN_POL_BLOCK("an inbound policy blocks it", "XfrmInPolBlock"),
  XFRM_IN_POL_ERROR("the inbound policy look-up failed", "XfrmInPolError"),
  XFRM_IN_STATE_DIR_ERROR("the SA is for outbound packets", "XfrmInStateDirError"),
  XFRM_ACQUIRE_ERROR("an inbound packet met a larval SA", "XfrmAcquireError"),
  // xfrm, outbound
  XFRM_OUT_ERROR("the outbound IPsec path failed", "XfrmOutError"),
  XFRM_OUT_BUNDLE_GEN_ERROR("no bundle could be built", "XfrmOutBundleGenError"),
  XFRM_OUT_NO_STATES("the SA does not exist yet", "XfrmOutNoStates"),
  XFRM_OUT_STATE_PROTO_ERROR("the transform failed", "XfrmOutStateProtoError"),
  XFRM_OUT_STATE_MODE_ERROR("the outer header could not be built", "XfrmOutStateModeError"),
  XFRM_OUT_STATE_SEQ_ERROR("the SA's sequence numbers are used up", "XfrmOutStateSeqError"),
  XFRM_OUT_STATE_EXPIRED("the outbound SA reached a hard limit", "XfrmOutStateExpired"),
  XFRM_OUT_STATE_INVALID("the outbound SA is no longer valid", "XfrmOutStateInvalid"),
  XFRM_OUT_STATE_DIR_ERROR("the SA is for inbound packets", "XfrmOutStateDirError"),
  XFRM_OUT_POL_BLOCK("an outbound policy blocks it", "XfrmOutPolBlock"),
  XFRM_OUT_POL_ERROR("the resolution of the policy failed", "XfrmOutPolError"),
  XFRM_FWD_HDR_ERROR("the flow of a forwarded packet could not be decoded", "XfrmFwdHdrError"),
  // SA-miss desk
  HOLD_OVERFLOW_NEWEST("the hold queue was full, the newest packet went"),
  HOLD_OVERFLOW_OLDEST("the hold queue was full, the oldest packet went"),
  HOLD_RESOLUTION_EVICTED("too many resolutions: the oldest failed with its packets"),
  HOLD_LIMIT_BYTES("the hold queues' limit of bytes was reached"),
  HOLD_TIMEOUT("held longer than the limit of age"),
  HOLD_PURGED("the hold queue was purged"),
  HOLD_POLICY_GONE("the policy was deleted while the packet waited"),
  HOLD_POLICY_BLOCKS("a blocking policy replaced the one that held the packet"),
  HOLD_RELOOKUP_FAILED("released, but its own look-up found no SA"),
  HOLD_DUPLICATE("the same segment already waits in the hold queue"),
  NEGOTIATION_FAILED("the key manager could not make an SA"),
  // End of the run
  LAB_ENDED("the lab ended while the packet was under way");

  private final String sentence;
  private final @Nullable String linuxCounter;

  DropReason(String sentence) {
    this(sentence, null);
  }

  DropReason(String sentence, @Nullable String linuxCounter) {
    this.sentence = sentence;
    this.linuxCounter = linuxCounter;
  }

  /** The reason in words, to follow "dropped: ". */
  public String sentence() {
    return sentence;
  }

  /** The counter of /proc/net/xfrm_stat that Linux increments for this, or null. */
  public @Nullable String linuxCounter() {
    return linuxCounter;
  }

  /** The name as printed in tables and JSON: lower case with dashes. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
