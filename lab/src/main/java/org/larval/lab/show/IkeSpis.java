package org.larval.lab.show;

import java.util.HexFormat;
import org.larval.ike.message.Header;
import org.larval.ike.message.Octets;

/** What names an IKE SA. */
record IkeSpis(long initiator, long responder) {
  static IkeSpis of(Header header) {
    return new IkeSpis(header.initiatorSpi(), header.responderSpi());
  }

  /** Sixteen octets. */
  Octets octets() {
    return Octets.number(initiator, 8).and(Octets.number(responder, 8));
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(initiator) + ":" + hex.toHexDigits(responder);
  }
}
