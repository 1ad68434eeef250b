package org.larval.ike.sa;

import org.larval.ike.Endpoint;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** Makes sure that a peer that moved can be reached where it says (RFC 4555 section 3.7). */
final class ReturnRoutability extends Task {
  private static final int COOKIE = 16;

  private final Endpoint here;
  private final Endpoint there;
  private final Octets cookie;

  ReturnRoutability(IkeSa sa, Endpoint here, Endpoint there) {
    super(sa);
    this.here = here;
    this.there = there;
    byte[] random = new byte[COOKIE];
    sa.host.random().nextBytes(random);
    cookie = Octets.of(random);
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (!sa.remote().equals(there) || !sa.local().equals(here)) {
      return Outcome.DONE;
    }
    draft.notify(NotifyType.COOKIE2, cookie);
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) {
    NotifyPayload echo = response.notification(NotifyType.COOKIE2);
    if (echo == null || !echo.data().equals(cookie)) {
      sa.log(turn, "the peer cannot be reached at " + there);
      sa.requests().add(turn, new IkeDelete(sa, "a move that the peer cannot prove"));
    }
    return Outcome.DONE;
  }
}
