package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/**
 * A packet of RFC 3748 section 4.
 *
 * @param code 1 request, 2 response, 3 success, 4 failure
 * @param identifier ties a response to its request
 * @param type of requests and responses, 0 otherwise
 * @param data what follows the type
 */
record EapPacket(int code, int identifier, int type, Octets data) {
  static final int REQUEST = 1;
  static final int RESPONSE = 2;
  static final int SUCCESS = 3;
  static final int FAILURE = 4;

  static final int IDENTITY = 1;
  static final int NOTIFICATION = 2;
  static final int NAK = 3;

  private static final int HEADER = 4;

  /** Reads one; null when its length does not fit or the code is unknown. */
  static @Nullable EapPacket of(Octets packet) {
    if (packet.size() < HEADER || packet.unsignedShort(2) != packet.size()) {
      return null;
    }
    int code = packet.at(0);
    if (code == SUCCESS || code == FAILURE) {
      return new EapPacket(code, packet.at(1), 0, Octets.EMPTY);
    }
    if ((code != REQUEST && code != RESPONSE) || packet.size() == HEADER) {
      return null;
    }
    return new EapPacket(
        code,
        packet.at(1),
        packet.at(HEADER),
        packet.slice(HEADER + 1, packet.size() - HEADER - 1));
  }

  Octets encoded() {
    boolean typed = code == REQUEST || code == RESPONSE;
    Octets body = typed ? Octets.number(type, 1).and(data) : Octets.EMPTY;
    return Octets.number(code, 1)
        .and(Octets.number(identifier, 1))
        .and(Octets.number(HEADER + body.size(), 2))
        .and(body);
  }
}
