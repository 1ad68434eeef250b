package org.larval.ike.sa;

import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeException;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** The halves of a key exchange with what they cost; a public value that is no good is refused. */
final class KeyExchanges {
  private KeyExchanges() {}

  /** The half of the side that asks. */
  static KeyExchange initiate(Turn turn, IkeSa sa, KeyExchangeMethod method) {
    turn.spend(sa.host.settings().costs().exchange());
    return KeyExchange.initiate(method, sa.host.random());
  }

  /** What the side that asks makes of the answer. */
  static Secret complete(Turn turn, IkeSa sa, KeyExchange half, Octets value)
      throws RefusedException {
    try {
      turn.spend(sa.host.settings().costs().exchange());
      return half.complete(value);
    } catch (KeyExchangeException problem) {
      throw refused(problem);
    }
  }

  /** Both halves of the side that is asked. */
  static KeyExchange.Response respond(Turn turn, IkeSa sa, KeyExchangeMethod method, Octets value)
      throws RefusedException {
    try {
      turn.spend(2 * sa.host.settings().costs().exchange());
      return KeyExchange.respond(method, value, sa.host.random());
    } catch (KeyExchangeException problem) {
      throw refused(problem);
    }
  }

  private static RefusedException refused(KeyExchangeException problem) {
    return new RefusedException(NotifyType.INVALID_SYNTAX, String.valueOf(problem.getMessage()));
  }
}
