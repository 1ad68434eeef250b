package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.SaPayload;

/** A successor for an IKE SA, asked for by the peer (RFC 7296 section 2.18). */
final class IkeRekeyResponder implements Answer {
  private final IkeSa sa;
  private @Nullable IkeSa heir;

  IkeRekeyResponder(IkeSa sa) {
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
    Proposal chosen =
        Negotiation.choose(
            offer.proposals(), sa.connection().proposals(), Negotiation.Preference.OWN, true);
    if (chosen == null) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN, "no proposal of the peer is acceptable");
    }
    Octets spi =
        offer.proposals().stream()
            .filter(one -> one.number() == chosen.number())
            .findFirst()
            .map(Proposal::spi)
            .orElse(Octets.EMPTY);
    if (spi.size() != 8) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a proposal with a bad SPI");
    }
    IkeSuite suite = IkeSuite.of(chosen);
    if (value.method() != suite.keyExchange().id()) {
      throw new RefusedException(
          NotifyType.INVALID_KE_PAYLOAD,
          Octets.number(suite.keyExchange().id(), 2),
          "the key exchange is not by " + suite.keyExchange().keyword());
    }
    List<Secret> secrets = new ArrayList<>();
    KeyExchange.Response exchanged;
    exchanged = KeyExchanges.respond(turn, sa, suite.keyExchange(), value.data());
    secrets.add(exchanged.sharedSecret());
    long peerSpi = (long) spi.integer(0) << 32 | Integer.toUnsignedLong(spi.integer(4));
    IkeSa next = new IkeSa(sa.host, false, peerSpi, sa.local(), sa.remote(), sa.connection());
    Octets nonce = sa.host.nonce();
    response.add(
        new SaPayload(
            List.of(
                new Proposal(
                    chosen.number(),
                    chosen.protocol(),
                    Octets.number(next.ourSpi(), 8),
                    chosen.transforms()))));
    response.add(new NoncePayload(nonce));
    response.add(new KePayload(suite.keyExchange().id(), exchanged.publicValue()));
    if (suite.additional().isEmpty()) {
      finish(turn, next, suite, theirs.nonce(), nonce, secrets);
      return;
    }
    sa.followUps()
        .expect(
            turn,
            response,
            suite.additional(),
            secrets,
            (later, last) -> {
              finish(later, next, suite, theirs.nonce(), nonce, secrets);
              sent(later);
            });
  }

  private void finish(
      Turn turn, IkeSa next, IkeSuite suite, Octets ni, Octets nr, List<Secret> secrets) {
    next.succession().keys(turn, sa, suite, ni, nr, secrets);
    if (sa.requests().active() instanceof IkeRekeyInitiator ours) {
      next.establish(turn, true);
      next.succession().contend(sa);
      ours.rival(next, ni.compareTo(nr) < 0 ? ni : nr);
    } else {
      heir = next;
    }
  }

  @Override
  public void sent(Turn turn) {
    if (heir != null) {
      heir.succession().inherit(turn, sa);
      heir = null;
    }
  }
}
