package org.larval.ike.message;

import java.util.List;

/**
 * Proposals (RFC 7296 section 3.3): an offer, or the one that was picked.
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param proposals in the order of preference
 */
public record SaPayload(boolean critical, List<Proposal> proposals) implements Payload {
  /** Keeps its own copy of the proposals. */
  public SaPayload {
    proposals = List.copyOf(proposals);
  }

  /** Not critical, as all that RFC 7296 defines. */
  public SaPayload(List<Proposal> proposals) {
    this(false, proposals);
  }

  @Override
  public int type() {
    return PayloadType.SECURITY_ASSOCIATION.number();
  }
}
