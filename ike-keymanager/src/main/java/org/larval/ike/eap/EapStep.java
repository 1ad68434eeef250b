package org.larval.ike.eap;

import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** What follows from a packet. */
public sealed interface EapStep {
  /**
   * Send a packet and wait for the next.
   *
   * @param packet a whole EAP packet
   */
  record Send(Octets packet) implements EapStep {}

  /**
   * The method is through.
   *
   * @param packet the EAP-Success that a server still sends; empty for a peer
   * @param msk 64 octets for AUTH
   * @param identity who the peer said to be, in EAP's own terms
   */
  record Success(Octets packet, Secret msk, Octets identity) implements EapStep {}

  /**
   * It failed.
   *
   * @param packet the EAP-Failure that a server still sends; empty for a peer
   * @param reason one sentence
   */
  record Failure(Octets packet, String reason) implements EapStep {}
}
