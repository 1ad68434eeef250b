package org.larval.ike.sa;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/**
 * What a responder keeps between CREATE_CHILD_SA and the key exchanges that follow it (RFC 9370
 * section 2.2.4): by the blob that the initiator gives back, and for a while only.
 */
final class FollowUps {
  private static final int MOST = 8;
  private static final long PATIENCE = 120_000_000_000L;
  private static final int LINK = 8;

  private final IkeSa sa;
  private final Map<Octets, Pending> pending = new LinkedHashMap<>();

  /** What is done when the last key exchange has been made. */
  @FunctionalInterface
  interface Finish {
    void last(Turn turn, Draft response);
  }

  private record Pending(
      ArrayDeque<KeyExchangeMethod> methods,
      List<Secret> secrets,
      Finish finish,
      Agenda.@Nullable Entry expiry) {}

  FollowUps(IkeSa sa) {
    this.sa = sa;
  }

  /** Waits for further key exchanges, and tells the initiator how to refer to them. */
  void expect(
      Turn turn,
      Draft response,
      List<KeyExchangeMethod> methods,
      List<Secret> secrets,
      Finish finish)
      throws RefusedException {
    if (pending.size() == MOST) {
      throw new RefusedException(
          NotifyType.TEMPORARY_FAILURE, "too many key exchanges have not been finished");
    }
    keep(turn, response, new ArrayDeque<>(methods), secrets, finish);
  }

  private void keep(
      Turn turn,
      Draft response,
      ArrayDeque<KeyExchangeMethod> methods,
      List<Secret> secrets,
      Finish finish) {
    byte[] random = new byte[LINK];
    sa.host.random().nextBytes(random);
    Octets link = Octets.of(random);
    Agenda.Entry expiry = sa.host.agenda().at(turn.now() + PATIENCE, later -> pending.remove(link));
    pending.put(link, new Pending(methods, secrets, finish, expiry));
    response.notify(NotifyType.ADDITIONAL_KEY_EXCHANGE, link);
  }

  /** An IKE_FOLLOWUP_KE request. */
  void answer(Turn turn, Message request, Draft response) throws RefusedException {
    NotifyPayload link = request.notification(NotifyType.ADDITIONAL_KEY_EXCHANGE);
    KePayload value = request.first(KePayload.class);
    if (link == null || value == null) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a request without key exchange");
    }
    Pending waiting = pending.remove(link.data());
    if (waiting == null) {
      throw new RefusedException(
          NotifyType.STATE_NOT_FOUND, "nobody waits for this key exchange any more");
    }
    if (waiting.expiry() != null) {
      waiting.expiry().cancel();
    }
    KeyExchangeMethod method = waiting.methods().removeFirst();
    if (value.method() != method.id()) {
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX, "the key exchange is not by the method agreed on");
    }
    KeyExchange.Response exchanged = KeyExchanges.respond(turn, sa, method, value.data());
    waiting.secrets().add(exchanged.sharedSecret());
    response.add(new KePayload(method.id(), exchanged.publicValue()));
    if (waiting.methods().isEmpty()) {
      waiting.finish().last(turn, response);
    } else {
      keep(turn, response, waiting.methods(), waiting.secrets(), waiting.finish());
    }
  }
}
