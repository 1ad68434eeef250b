package org.larval.ike.sa;

import org.larval.ike.Endpoint;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;

/**
 * Moves an IKE SA and its children to other addresses (RFC 4555): the initiator decides, the
 * responder checks with a cookie that it can be reached there.
 */
final class Mobike extends Task {
  private final Endpoint local;
  private final Endpoint remote;

  /** Tells the peer that we are elsewhere. */
  Mobike(IkeSa sa, Endpoint local, Endpoint remote) {
    super(sa);
    this.local = local;
    this.remote = remote;
  }

  /** In IKE_AUTH: that we can, and that this is our only address. */
  static void announce(IkeSa sa, Draft draft) {
    if (sa.connection().mobike()) {
      draft.notify(NotifyType.MOBIKE_SUPPORTED);
      draft.notify(NotifyType.NO_ADDITIONAL_ADDRESSES);
    }
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (sa.state() != IkeSa.State.ESTABLISHED) {
      return Outcome.DONE;
    }
    sa.between(local, remote);
    draft.notify(NotifyType.UPDATE_SA_ADDRESSES);
    NatDetection.tell(sa, draft, sa.connection().encap());
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    NotifyPayload error = response.error();
    if (error != null) {
      throw new RefusedException(
          NotifyType.UNACCEPTABLE_ADDRESSES,
          "the peer does not move: " + NotifyType.name(error.notification()));
    }
    NatDetection.compare(turn, sa, response);
    Addresses.move(turn, sa, local, remote);
    sa.log(turn, "moved to " + local + " and " + remote);
    return Outcome.DONE;
  }

  /** What a peer says about addresses. */
  static void answer(Turn turn, IkeSa sa, Message request, Draft response) {
    NotifyPayload cookie = request.notification(NotifyType.COOKIE2);
    if (cookie != null) {
      response.add(cookie);
    }
    if (!sa.peer().mobike) {
      return;
    }
    if (request.has(NotifyType.UPDATE_SA_ADDRESSES) && !sa.initiator) {
      follow(turn, sa, request);
    }
    if (request.has(NotifyType.NAT_DETECTION_SOURCE_IP)) {
      NatDetection.tell(sa, response, sa.connection().encap());
    }
  }

  private static void follow(Turn turn, IkeSa sa, Message request) {
    Endpoint here = sa.inbox().local();
    Endpoint there = sa.inbox().remote();
    sa.between(here, there);
    NatDetection.compare(turn, sa, request);
    sa.log(turn, "the peer has moved to " + there);
    sa.requests().addFirst(turn, new ReturnRoutability(sa, here, there));
    Addresses.move(turn, sa, here, there);
  }
}
