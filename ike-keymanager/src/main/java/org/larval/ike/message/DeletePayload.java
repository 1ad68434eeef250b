package org.larval.ike.message;

import java.util.List;

/**
 * SAs that the sender has deleted (RFC 7296 section 3.11).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param protocol number of their protocol, see {@link Protocol}
 * @param spiSize octets of each SPI; 0 for IKE
 * @param spis the sender's inbound ones; none for IKE
 */
public record DeletePayload(boolean critical, int protocol, int spiSize, List<Octets> spis)
    implements Payload {
  /** Keeps its own copy of the SPIs. */
  public DeletePayload {
    spis = List.copyOf(spis);
  }

  /** The IKE SA of this message. */
  public static DeletePayload ike() {
    return new DeletePayload(false, Protocol.IKE.id(), 0, List.of());
  }

  /** Child SAs of one protocol. */
  public static DeletePayload children(Protocol protocol, List<Octets> spis) {
    return new DeletePayload(false, protocol.id(), protocol.spiSize(), spis);
  }

  @Override
  public int type() {
    return PayloadType.DELETE.number();
  }
}
