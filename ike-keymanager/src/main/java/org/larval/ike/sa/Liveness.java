package org.larval.ike.sa;

import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;

/** Asks the peer for a sign of life (RFC 7296 section 2.4). */
final class Liveness extends Task {
  Liveness(IkeSa sa) {
    super(sa);
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) {
    return Outcome.DONE;
  }
}
