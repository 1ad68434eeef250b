package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.SaPayload;

/** The first exchange, from the responder's side (RFC 7296 section 1.2). */
final class SaInitResponder implements Answer {
  private final IkeSa sa;

  SaInitResponder(IkeSa sa) {
    this.sa = sa;
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    SaPayload offer = request.first(SaPayload.class);
    KePayload value = request.first(KePayload.class);
    NoncePayload theirs = request.first(NoncePayload.class);
    if (offer == null || value == null || theirs == null) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a request without SA, KE or nonce");
    }
    Proposal chosen = choose(turn, offer.proposals());
    IkeSuite suite = IkeSuite.of(chosen);
    if (value.method() != suite.keyExchange().id()) {
      throw new RefusedException(
          NotifyType.INVALID_KE_PAYLOAD,
          Octets.number(suite.keyExchange().id(), 2),
          "the key exchange is by method "
              + value.method()
              + ", but "
              + suite.keyExchange().keyword()
              + " is agreed on");
    }
    Handshake shared = sa.handshake();
    NatDetection.compare(turn, sa, request);
    SaInitNotices.hear(sa, request);
    shared.ni = theirs.nonce();
    shared.nr = sa.host.nonce();
    shared.additional.addAll(suite.additional());
    KeyExchange.Response exchanged =
        KeyExchanges.respond(turn, sa, suite.keyExchange(), value.data());
    response.add(new SaPayload(List.of(chosen)));
    response.add(new KePayload(suite.keyExchange().id(), exchanged.publicValue()));
    response.add(new NoncePayload(shared.nr));
    NatDetection.tell(sa, response, sa.connection().encap());
    askForCertificates(response);
    SaInitNotices.tell(sa, response, !suite.additional().isEmpty());
    derive(turn, suite, exchanged);
  }

  /** The first connection between these addresses that takes a proposal. */
  private Proposal choose(Turn turn, List<Proposal> offered) throws RefusedException {
    boolean any = false;
    for (Connection connection : sa.host.connections()) {
      if (connection.joins(sa.local().address(), sa.remote().address())) {
        any = true;
        @Nullable Proposal chosen =
            Negotiation.choose(offered, connection.proposals(), Negotiation.Preference.OWN, true);
        if (chosen != null) {
          sa.connection(connection);
          sa.log(turn, "agrees on " + IkeSuite.of(chosen));
          return chosen;
        }
      }
    }
    throw new RefusedException(
        NotifyType.NO_PROPOSAL_CHOSEN,
        any
            ? "no proposal of the peer is acceptable"
            : "no connection is for " + sa.local() + " and " + sa.remote());
  }

  private void askForCertificates(Draft response) {
    List<Connection> candidates = new ArrayList<>();
    for (Connection connection : sa.host.connections()) {
      if (connection.joins(sa.local().address(), sa.remote().address())) {
        candidates.add(connection);
      }
    }
    boolean wanted =
        candidates.stream()
            .anyMatch(one -> one.remoteAuth().method() == Authentication.Method.PUBKEY);
    if (wanted) {
      Proof.request(sa, response);
    }
  }

  private void derive(Turn turn, IkeSuite suite, KeyExchange.Response exchanged) {
    Handshake shared = sa.handshake();
    Secret seed =
        new KeySchedule(suite.prf()).skeyseed(shared.ni, shared.nr, exchanged.sharedSecret());
    sa.derive(turn, suite, seed, shared.ni, shared.nr);
    exchanged.sharedSecret().destroy();
  }
}
