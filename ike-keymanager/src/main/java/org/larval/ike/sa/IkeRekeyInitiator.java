package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.SaPayload;

/**
 * A successor for an IKE SA (RFC 7296 section 2.18), asked for by this end. If the peer asks for
 * one at the same time there are two, and the one whose exchange had the lowest nonce goes (2.8.1).
 */
final class IkeRekeyInitiator extends Task {
  private final long notBefore;
  private final List<Secret> secrets = new ArrayList<>();
  private @Nullable IkeSa next;
  private final ProposedExchange exchange;
  private @Nullable FollowUp followUp;
  private @Nullable IkeSuite suite;
  private @Nullable IkeSa rival;
  private Octets rivalNonce = Octets.EMPTY;
  private List<Proposal> offer = List.of();
  private Octets nonce = Octets.EMPTY;
  private Octets theirs = Octets.EMPTY;

  IkeRekeyInitiator(IkeSa sa, long notBefore) {
    super(sa);
    this.notBefore = notBefore;
    // the method in use first: the peer takes it
    exchange = new ProposedExchange(sa, sa.suite().keyExchange());
  }

  /** The peer has made a successor as well. */
  void rival(IkeSa other, Octets lowestNonce) {
    rival = other;
    rivalNonce = lowestNonce;
  }

  /** What the peer has made, or null. */
  @Nullable IkeSa rival() {
    return rival;
  }

  @Override
  long notBefore() {
    return notBefore;
  }

  @Override
  ExchangeType exchange() {
    return followUp == null ? ExchangeType.CREATE_CHILD_SA : ExchangeType.IKE_FOLLOWUP_KE;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (followUp != null) {
      followUp.build(turn, draft);
      return Outcome.MORE;
    }
    if (sa.state() != IkeSa.State.ESTABLISHED || sa.life().fading()) {
      return Outcome.DONE;
    }
    if (next == null) {
      next = new IkeSa(sa.host, true, 0, sa.local(), sa.remote(), sa.connection());
      nonce = sa.host.nonce();
      offer = Proposals.withSpi(sa.connection().proposals(), Octets.number(next.ourSpi(), 8));
    }
    draft.add(new SaPayload(offer));
    draft.add(new NoncePayload(nonce));
    exchange.offer(turn, draft);
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    try {
      Outcome outcome =
          followUp == null
              ? first(turn, response)
              : followUp.process(turn, response) ? Outcome.DONE : Outcome.MORE;
      if (outcome == Outcome.DONE) {
        agreed(turn);
      }
      return outcome;
    } catch (RefusedException refusal) {
      refused(turn);
      throw refusal;
    }
  }

  private void refused(Turn turn) {
    IkeSa other = rival;
    if (other != null && !other.gone()) {
      other.succession().inherit(turn, sa);
    } else if (sa.state() == IkeSa.State.ESTABLISHED) {
      long again = turn.now() + sa.host.settings().retryInterval();
      sa.requests().add(turn, new IkeRekeyInitiator(sa, again));
    }
  }

  private Outcome first(Turn turn, Message response) throws RefusedException {
    NotifyPayload invalid = response.notification(NotifyType.INVALID_KE_PAYLOAD);
    if (invalid != null) {
      exchange.other(turn, invalid, offer, false);
      return Outcome.MORE;
    }
    SaPayload answer = response.first(SaPayload.class);
    KePayload value = response.first(KePayload.class);
    NoncePayload nonceOfPeer = response.first(NoncePayload.class);
    if (answer == null || answer.proposals().size() != 1 || value == null || nonceOfPeer == null) {
      NotifyPayload error = response.error();
      NotifyType type = error == null ? null : NotifyType.of(error.notification());
      throw new RefusedException(
          type == null ? NotifyType.INVALID_SYNTAX : type,
          "rekeying the IKE SA failed: the peer answered "
              + (error == null ? "without SA" : NotifyType.name(error.notification())));
    }
    Proposal chosen = answer.proposals().getFirst();
    String objection = Negotiation.objection(offer, chosen, true);
    if (objection != null || chosen.spi().size() != 8) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN,
          objection == null ? "an SPI of the wrong size" : objection);
    }
    IkeSuite agreed = IkeSuite.of(chosen);
    Secret secret = exchange.complete(turn, agreed.keyExchange(), value);
    suite = agreed;
    theirs = nonceOfPeer.nonce();
    Objects.requireNonNull(next)
        .peerSpi(
            (long) chosen.spi().integer(0) << 32 | Integer.toUnsignedLong(chosen.spi().integer(4)));
    secrets.add(secret);
    if (agreed.additional().isEmpty()) {
      return Outcome.DONE;
    }
    followUp = FollowUp.after(sa, response, agreed.additional(), secrets);
    return Outcome.MORE;
  }

  private void agreed(Turn turn) {
    IkeSa made = Objects.requireNonNull(next);
    made.succession().keys(turn, sa, Objects.requireNonNull(suite), nonce, theirs, secrets);
    IkeSa other = rival;
    Octets lowest = nonce.compareTo(theirs) < 0 ? nonce : theirs;
    if (other != null && !other.gone() && lowest.compareTo(rivalNonce) < 0) {
      sa.log(turn, "both ends rekeyed the IKE SA; " + made + " is redundant");
      made.establish(turn, true);
      other.succession().inherit(turn, sa);
      made.requests().add(turn, new IkeDelete(made, "redundant"));
      return;
    }
    if (other != null) {
      sa.log(turn, "both ends rekeyed the IKE SA; " + other + " is redundant");
      // the peer deletes it, if it knows of it at all
      other.life().lingers(turn);
    }
    made.succession().inherit(turn, sa);
    sa.requests().add(turn, new IkeDelete(sa, "replaced"));
  }

  @Override
  void abandoned(Turn turn, String why) {
    secrets.forEach(Secret::destroy);
  }
}
