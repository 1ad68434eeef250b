package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.message.CertReqPayload;
import org.larval.ike.message.Octets;

/** What the initial exchanges of an IKE SA leave for one another; forgotten once it stands. */
final class Handshake {
  /** Nonce of the initiator. */
  Octets ni = Octets.EMPTY;

  /** Nonce of the responder. */
  Octets nr = Octets.EMPTY;

  /** IKE_SA_INIT as we sent it last, which AUTH covers. */
  Octets ourInit = Octets.EMPTY;

  /** IKE_SA_INIT of the peer. */
  Octets peerInit = Octets.EMPTY;

  /** Additional key exchanges that are still to come (RFC 9370). */
  final List<KeyExchangeMethod> additional = new ArrayList<>();

  /** The chain over the initiator's IKE_INTERMEDIATE messages (RFC 9242). */
  Octets intermediateI = Octets.EMPTY;

  /** The same over the responder's. */
  Octets intermediateR = Octets.EMPTY;

  /** Message id of the first IKE_AUTH. */
  int authId = 1;

  /** Hash algorithms that the peer takes in signatures (RFC 7427); empty if it did not say. */
  final Set<Integer> peerHashes = new LinkedHashSet<>();

  /** Authorities that the peer trusts. */
  final List<CertReqPayload> authorities = new ArrayList<>();

  /** Whether the peer can use a post-quantum preshared key (RFC 8784). */
  boolean peerUsesPpk;

  /** Whether the responder can do without a child at first (RFC 6023). */
  boolean childless;
}
