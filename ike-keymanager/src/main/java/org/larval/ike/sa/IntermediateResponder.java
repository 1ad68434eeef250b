package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;

/** An additional key exchange before IKE_AUTH (RFC 9242, RFC 9370), from the responder's side. */
final class IntermediateResponder implements Answer {
  private final IkeSa sa;
  private @Nullable Secret secret;

  IntermediateResponder(IkeSa sa) {
    this.sa = sa;
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    KePayload value = request.first(KePayload.class);
    if (sa.handshake().additional.isEmpty() || value == null) {
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX, "an exchange before IKE_AUTH that nobody agreed on");
    }
    KeyExchangeMethod method = sa.handshake().additional.removeFirst();
    if (value.method() != method.id()) {
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX, "the key exchange is not by " + method.keyword());
    }
    KeyExchange.Response exchanged = KeyExchanges.respond(turn, sa, method, value.data());
    secret = exchanged.sharedSecret();
    response.add(new KePayload(method.id(), exchanged.publicValue()));
  }

  @Override
  public void sent(Turn turn) {
    if (secret != null) {
      // the response itself is still under the keys before
      sa.additional(turn, secret);
    }
  }
}
