package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;

/** The additional key exchanges before IKE_AUTH (RFC 9242, RFC 9370), from the initiator's side. */
final class IntermediateInitiator extends Task {
  private @Nullable KeyExchange exchange;

  IntermediateInitiator(IkeSa sa) {
    super(sa);
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.IKE_INTERMEDIATE;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    KeyExchangeMethod method = sa.handshake().additional.getFirst();
    exchange = KeyExchanges.initiate(turn, sa, method);
    draft.add(new KePayload(method.id(), exchange.publicValue()));
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    KeyExchangeMethod method = sa.handshake().additional.removeFirst();
    KePayload value = response.first(KePayload.class);
    if (value == null || value.method() != method.id() || exchange == null) {
      NotifyPayload error = response.error();
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX,
          "the key exchange "
              + method.keyword()
              + " failed"
              + (error == null ? "" : ": " + NotifyType.name(error.notification())));
    }
    sa.additional(turn, KeyExchanges.complete(turn, sa, exchange, value.data()));
    return sa.handshake().additional.isEmpty() ? Outcome.DONE : Outcome.MORE;
  }
}
