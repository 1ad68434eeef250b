package org.larval.ike;

import java.util.List;

/**
 * An IKE SA as it is at the moment.
 *
 * @param connection name, empty while none is chosen
 * @param initiatorSpi of the end that began it
 * @param responderSpi of the other
 * @param initiator whether this end began it
 * @param state as in CONNECTING, ESTABLISHED, REKEYED, DELETING
 * @param local where we are
 * @param remote where the peer is
 * @param localId who we are, empty while unknown
 * @param remoteId who the peer is
 * @param suite algorithms, empty while there are none
 * @param children pairs of SAs
 */
public record IkeStatus(
    String connection,
    long initiatorSpi,
    long responderSpi,
    boolean initiator,
    String state,
    Endpoint local,
    Endpoint remote,
    String localId,
    String remoteId,
    String suite,
    List<Child> children) {
  /** A pair of child SAs. */
  public record Child(String state, ChildParameters parameters) {}

  /** Keeps its own copy of the list. */
  public IkeStatus {
    children = List.copyOf(children);
  }
}
