package org.larval.ike.sa;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** The additional key exchanges after CREATE_CHILD_SA, from the side that asks (RFC 9370 2.2.4). */
final class FollowUp {
  private final IkeSa sa;
  private final ArrayDeque<KeyExchangeMethod> methods;
  private final List<Secret> secrets;
  private Octets link;
  private @Nullable KeyExchange exchange;

  private FollowUp(IkeSa sa, List<KeyExchangeMethod> methods, List<Secret> secrets, Octets link) {
    this.sa = sa;
    this.methods = new ArrayDeque<>(methods);
    this.secrets = secrets;
    this.link = link;
  }

  /**
   * What follows a response.
   *
   * @param secrets where the shared secrets go, in order
   */
  static FollowUp after(
      IkeSa sa, Message response, List<KeyExchangeMethod> methods, List<Secret> secrets)
      throws RefusedException {
    return new FollowUp(sa, methods, secrets, link(response));
  }

  private static Octets link(Message response) throws RefusedException {
    NotifyPayload notify = response.notification(NotifyType.ADDITIONAL_KEY_EXCHANGE);
    if (notify == null) {
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX, "the peer does not say how its key exchanges go on");
    }
    return notify.data();
  }

  void build(Turn turn, Draft draft) {
    exchange = KeyExchanges.initiate(turn, sa, methods.getFirst());
    draft.add(new KePayload(methods.getFirst().id(), exchange.publicValue()));
    draft.notify(NotifyType.ADDITIONAL_KEY_EXCHANGE, link);
  }

  /** Whether that was the last one. */
  boolean process(Turn turn, Message response) throws RefusedException {
    KePayload value = response.first(KePayload.class);
    KeyExchangeMethod method = methods.removeFirst();
    if (value == null || value.method() != method.id() || exchange == null) {
      NotifyPayload error = response.error();
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX,
          "the key exchange "
              + method.keyword()
              + " failed"
              + (error == null ? "" : ": " + NotifyType.name(error.notification())));
    }
    secrets.add(KeyExchanges.complete(turn, sa, exchange, value.data()));
    if (methods.isEmpty()) {
      return true;
    }
    link = link(response);
    return false;
  }
}
