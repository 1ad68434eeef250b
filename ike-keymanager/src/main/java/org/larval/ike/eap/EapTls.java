package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/**
 * The packets of EAP-TLS (RFC 5216 section 3): flags, a total length in front of the first
 * fragment, a part of the TLS records; an empty packet asks for the next fragment.
 */
final class EapTls {
  static final int TYPE = 13;
  static final int START = 0x20;

  private static final int LENGTH = 0x80;
  private static final int MORE = 0x40;
  private static final int MAX_MESSAGE = 65_536;

  private final int fragmentSize;
  private Octets sending = Octets.EMPTY;
  private int sent;
  private Octets received = Octets.EMPTY;
  private int announced;

  EapTls(int fragmentSize) {
    this.fragmentSize = fragmentSize;
  }

  /** A packet that carries nothing. */
  static Octets empty() {
    return Octets.number(0, 1);
  }

  /** Begins to send a message; gives its first packet. */
  Octets send(byte[] message) {
    sending = Octets.of(message);
    sent = 0;
    return fragment();
  }

  /** Whether fragments wait for the other end's empty packet. */
  boolean sending() {
    return sent < sending.size();
  }

  Octets fragment() {
    int size = Math.min(fragmentSize, sending.size() - sent);
    boolean more = sent + size < sending.size();
    boolean first = sent == 0 && more;
    Octets packet = Octets.number((first ? LENGTH : 0) | (more ? MORE : 0), 1);
    if (first) {
      packet = packet.and(Octets.number(sending.size(), 4));
    }
    packet = packet.and(sending.slice(sent, size));
    sent += size;
    return packet;
  }

  /**
   * Takes a packet.
   *
   * @return the whole message; null when more fragments follow and an empty packet is due
   */
  byte @Nullable [] receive(Octets data) throws EapException {
    if (data.isEmpty()) {
      throw new EapException("an EAP-TLS packet has no flags");
    }
    int flags = data.at(0);
    int at = 1;
    if ((flags & LENGTH) != 0) {
      if (data.size() < 5) {
        throw new EapException("an EAP-TLS packet is cut off");
      }
      announced = data.integer(1);
      at = 5;
    }
    received = received.and(data.slice(at, data.size() - at));
    boolean more = (flags & MORE) != 0;
    if (received.size() > MAX_MESSAGE
        || announced < 0
        || announced > MAX_MESSAGE
        || (more && data.size() == at)
        || (announced > 0 && received.size() > announced)) {
      throw new EapException("an EAP-TLS message is longer than announced or allowed");
    }
    if (more) {
      return null;
    }
    byte[] message = received.toArray();
    received = Octets.EMPTY;
    announced = 0;
    return message;
  }
}
