package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.CertReqPayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.SaPayload;
import org.larval.ike.message.Transform;

/**
 * The first exchange, from the initiator's side (RFC 7296 section 1.2): algorithms, a key exchange,
 * nonces. It begins again when the responder wants a cookie (2.6) or another group.
 */
final class SaInitInitiator extends Task {
  private static final int RESTARTS = 8;
  private static final long PATIENCE = 1_000_000_000L;

  private final Octets nonce;
  private final ProposedExchange exchange;
  private Octets cookie = Octets.EMPTY;
  private final Octets redirectedFrom;
  private int restarts;
  private Agenda.@Nullable Entry doubt;

  SaInitInitiator(IkeSa sa, Octets redirectedFrom) {
    super(sa);
    this.redirectedFrom = redirectedFrom;
    nonce = sa.host.nonce();
    KeyExchangeMethod first = ProposedExchange.preferred(sa.connection().proposals());
    if (first == KeyExchangeMethod.NONE) {
      throw new IllegalArgumentException("a proposal for IKE without key exchange");
    }
    exchange = new ProposedExchange(sa, first);
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.IKE_SA_INIT;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    Connection connection = sa.connection();
    if (!cookie.isEmpty()) {
      draft.notify(NotifyType.COOKIE, cookie);
    }
    draft.add(new SaPayload(connection.proposals()));
    exchange.offer(turn, draft);
    draft.add(new NoncePayload(nonce));
    NatDetection.tell(sa, draft, connection.encap());
    if (!redirectedFrom.isEmpty()) {
      draft.notify(NotifyType.REDIRECTED_FROM, redirectedFrom);
    } else {
      draft.notify(NotifyType.REDIRECT_SUPPORTED);
    }
    SaInitNotices.tell(sa, draft, sends(connection.proposals()));
    sa.requests().restart();
    return Outcome.MORE;
  }

  private static boolean sends(List<Proposal> proposals) {
    return proposals.stream()
        .anyMatch(one -> one.transforms().stream().anyMatch(t -> t.type() >= Transform.ADDKE1));
  }

  /** Errors of the responder that nobody has authenticated: a better answer may still come. */
  boolean hesitates(Turn turn, Message response) {
    NotifyPayload error = response.error();
    if (error == null
        || error.is(NotifyType.INVALID_KE_PAYLOAD)
        || response.first(SaPayload.class) != null) {
      return false;
    }
    if (doubt == null) {
      String why = "the peer answered " + NotifyType.name(error.notification());
      sa.log(turn, why + "; waits a moment for a better answer");
      doubt = sa.host.agenda().at(turn.now() + PATIENCE, later -> sa.close(later, why));
    }
    return true;
  }

  @Override
  void abandoned(Turn turn, String why) {
    certain();
  }

  private void certain() {
    if (doubt != null) {
      doubt.cancel();
    }
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    certain();
    NotifyPayload wanted = response.notification(NotifyType.COOKIE);
    NotifyPayload invalid = response.notification(NotifyType.INVALID_KE_PAYLOAD);
    NotifyPayload redirect = response.notification(NotifyType.REDIRECT);
    if (response.first(SaPayload.class) == null && (wanted != null || invalid != null)) {
      return again(turn, wanted, invalid);
    }
    if (redirect != null) {
      Redirect.follow(turn, sa, redirect, nonce);
      return Outcome.DONE;
    }
    agree(turn, response);
    return Outcome.DONE;
  }

  private Outcome again(Turn turn, @Nullable NotifyPayload wanted, @Nullable NotifyPayload invalid)
      throws RefusedException {
    if (++restarts > RESTARTS) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "the peer never stops asking again");
    }
    if (wanted != null) {
      if (wanted.data().isEmpty() || wanted.data().size() > 64) {
        throw new RefusedException(
            NotifyType.INVALID_SYNTAX, "a cookie of " + wanted.data().size() + " octets");
      }
      cookie = wanted.data();
      sa.log(turn, "the peer wants a cookie");
    } else if (invalid != null) {
      exchange.other(turn, invalid, sa.connection().proposals(), false);
    }
    return Outcome.MORE;
  }

  private void agree(Turn turn, Message response) throws RefusedException {
    SaPayload answer = response.first(SaPayload.class);
    KePayload value = response.first(KePayload.class);
    NoncePayload theirs = response.first(NoncePayload.class);
    if (answer == null
        || answer.proposals().size() != 1
        || value == null
        || theirs == null
        || response.header().responderSpi() == 0) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a response without SA, KE or nonce");
    }
    Proposal chosen = answer.proposals().getFirst();
    String objection = Negotiation.objection(sa.connection().proposals(), chosen, true);
    if (objection != null) {
      throw new RefusedException(NotifyType.NO_PROPOSAL_CHOSEN, objection);
    }
    IkeSuite suite = IkeSuite.of(chosen);
    Secret secret = exchange.complete(turn, suite.keyExchange(), value);
    Handshake shared = sa.handshake();
    shared.ni = nonce;
    shared.nr = theirs.nonce();
    shared.additional.addAll(suite.additional());
    sa.peerSpi(response.header().responderSpi());
    NatDetection.compare(turn, sa, response);
    SaInitNotices.hear(sa, response);
    shared.authorities.addAll(response.all(CertReqPayload.class));
    Secret seed = new KeySchedule(suite.prf()).skeyseed(shared.ni, shared.nr, secret);
    sa.derive(turn, suite, seed, shared.ni, shared.nr);
    secret.destroy();
    sa.log(turn, "agreed on " + suite);
    if (!shared.additional.isEmpty()) {
      sa.requests().addFirst(turn, new IntermediateInitiator(sa));
    }
    if (sa.encapsulates() || sa.connection().mobike()) {
      floats();
    }
  }

  private void floats() {
    if (sa.remote().port() == Endpoint.IKE) {
      sa.between(sa.local().on(Endpoint.NAT), sa.remote().on(Endpoint.NAT));
    }
  }
}
