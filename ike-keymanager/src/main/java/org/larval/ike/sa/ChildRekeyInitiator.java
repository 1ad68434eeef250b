package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/**
 * A successor for a child SA (RFC 7296 section 2.8), asked for by this end. If the peer asks for
 * one at the same time there are two, and the one whose exchange had the lowest nonce goes (2.8.1).
 */
final class ChildRekeyInitiator extends Task {
  private final ChildSa old;
  private final ChildInitiator successor;
  private @Nullable ChildSa rival;
  private long notBefore;

  ChildRekeyInitiator(IkeSa sa, ChildSa old, long notBefore) {
    super(sa);
    this.old = old;
    this.notBefore = notBefore;
    successor = new ChildInitiator(sa, old.config(), null, old);
  }

  ChildSa old() {
    return old;
  }

  /** The peer has made a successor as well. */
  void rival(ChildSa other) {
    rival = other;
  }

  /** What the peer has made, or null. */
  @Nullable ChildSa rival() {
    return rival;
  }

  @Override
  long notBefore() {
    return notBefore;
  }

  @Override
  ExchangeType exchange() {
    return successor.exchange();
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    boolean first = exchange() == ExchangeType.CREATE_CHILD_SA;
    if (first && !old.alive()) {
      return Outcome.DONE;
    }
    old.state(ChildSa.State.REKEYING);
    successor.build(turn, draft);
    if (first) {
      draft.addFirst(
          new NotifyPayload(NotifyType.REKEY_SA, old.protocol(), old.spi(), Octets.EMPTY));
    }
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    try {
      if (successor.process(turn, response) == Outcome.MORE) {
        return Outcome.MORE;
      }
    } catch (RefusedException refusal) {
      refused(turn, refusal);
      throw refusal;
    }
    ChildSa made = successor.made();
    if (made != null) {
      resolve(turn, made);
    }
    return Outcome.DONE;
  }

  private void resolve(Turn turn, ChildSa made) {
    ChildSa other = rival;
    boolean lost =
        other != null
            && other.state() != ChildSa.State.GONE
            && made.lowestNonce().compareTo(other.lowestNonce()) < 0;
    if (lost && other != null) {
      sa.log(turn, "both ends rekeyed " + old + "; " + made + " is redundant");
      // the peer deletes the old one; until it does so that one is used
      if (old.alive()) {
        old.state(ChildSa.State.REKEYED);
        old.succeededBy(other);
      }
      sa.requests().add(turn, new ChildDelete(sa, made));
      return;
    }
    if (other != null) {
      sa.log(turn, "both ends rekeyed " + old + "; " + other + " is redundant");
      other.state(ChildSa.State.REKEYED);
    }
    made.installOutbound(turn);
    if (old.state() == ChildSa.State.GONE) {
      return;
    }
    old.succeededBy(made);
    old.removeOutbound(turn);
    old.state(ChildSa.State.REKEYED);
    sa.log(turn, "child " + made + " replaces " + old);
    sa.requests().addFirst(turn, new ChildDelete(sa, old));
  }

  private void refused(Turn turn, RefusedException refusal) {
    if (!old.alive() || rival != null) {
      // the peer has replaced or closed it: its word counts
      if (rival != null && old.alive()) {
        old.state(ChildSa.State.REKEYED);
        old.succeededBy(rival);
      }
      return;
    }
    if (refusal.answer() == NotifyType.CHILD_SA_NOT_FOUND) {
      sa.log(turn, "the peer has lost " + old + "; makes a new one");
      old.remove(turn, "the peer does not have it");
      sa.requests().add(turn, new ChildInitiator(sa, old.config(), null, null));
      return;
    }
    old.state(ChildSa.State.INSTALLED);
    long again = turn.now() + sa.host.settings().retryInterval();
    sa.requests().add(turn, new ChildRekeyInitiator(sa, old, again));
  }

  @Override
  void abandoned(Turn turn, String why) {
    successor.abandoned(turn, why);
  }

  @Override
  @Nullable Task on(IkeSa heir) {
    return new ChildRekeyInitiator(heir, old, notBefore);
  }
}
