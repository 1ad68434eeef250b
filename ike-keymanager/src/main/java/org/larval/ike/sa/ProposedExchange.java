package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Transform;

/**
 * The key exchange of the side that asks: by the method that it guesses at first, and by another of
 * its offer each time the peer answers INVALID_KE_PAYLOAD (RFC 7296 sections 1.2, 1.3 and 3.10.1).
 */
final class ProposedExchange {
  private static final int RESTARTS = 8;

  private final IkeSa sa;
  private KeyExchangeMethod method;
  private @Nullable KeyExchange half;
  private int restarts;

  ProposedExchange(IkeSa sa, KeyExchangeMethod first) {
    this.sa = sa;
    method = first;
  }

  /** The first method of an offer that is known here, or {@link KeyExchangeMethod#NONE}. */
  static KeyExchangeMethod preferred(List<Proposal> offer) {
    for (Proposal proposal : offer) {
      for (Transform transform : proposal.ofType(Transform.KE)) {
        KeyExchangeMethod known = KeyExchangeMethod.of(transform.id());
        if (known != null) {
          return known;
        }
      }
    }
    return KeyExchangeMethod.NONE;
  }

  /** Adds this side's half to a request, if there is a method. */
  void offer(Turn turn, Draft draft) {
    if (method == KeyExchangeMethod.NONE) {
      return;
    }
    KeyExchange own = half;
    if (own == null) {
      own = KeyExchanges.initiate(turn, sa, method);
      half = own;
    }
    draft.add(new KePayload(method.id(), own.publicValue()));
  }

  /**
   * The peer wants another method: the request is to be sent again with it.
   *
   * @param offer what may be wanted
   * @param needless whether no key exchange at all may be wanted too
   */
  void other(Turn turn, NotifyPayload invalid, List<Proposal> offer, boolean needless)
      throws RefusedException {
    int id = invalid.data().size() == 2 ? invalid.data().unsignedShort(0) : -1;
    KeyExchangeMethod wanted = KeyExchangeMethod.of(id);
    boolean offered =
        needless && wanted == KeyExchangeMethod.NONE
            || offer.stream()
                .anyMatch(
                    one -> one.ofType(Transform.KE).contains(new Transform(Transform.KE, id)));
    if (wanted == null || !offered || wanted == method) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN,
          "the peer wants key exchange method " + id + ", which was not offered");
    }
    if (++restarts > RESTARTS) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN, "the peer never stops asking for other key exchanges");
    }
    sa.log(turn, "the peer wants " + wanted.keyword());
    method = wanted;
    half = null;
  }

  /** The shared secret, if the answer is by the method that was offered and agreed on. */
  Secret complete(Turn turn, KeyExchangeMethod agreed, @Nullable KePayload value)
      throws RefusedException {
    KeyExchange own = half;
    if (value == null || value.method() != agreed.id() || own == null || agreed != method) {
      throw new RefusedException(
          NotifyType.INVALID_SYNTAX, "the key exchange is not by the method agreed on");
    }
    return KeyExchanges.complete(turn, sa, own, value.data());
  }
}
