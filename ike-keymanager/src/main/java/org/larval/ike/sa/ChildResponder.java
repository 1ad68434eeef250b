package org.larval.ike.sa;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Child;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.crypto.KeyExchange;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.PayloadType;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.SaPayload;
import org.larval.ike.message.Selector;
import org.larval.ike.message.TsPayload;

/** A new pair of child SAs, from the side that is asked (RFC 7296 section 1.3.1). */
final class ChildResponder implements Answer {
  /** Pairs that one IKE SA may have; a peer that asks for more has lost its way. */
  private static final int MOST_CHILDREN = 4_096;

  private final IkeSa sa;
  private final boolean withAuth;
  private final @Nullable ChildSa predecessor;
  private final ChildNegotiation found;
  private final Made whenMade;
  private @Nullable Child config;
  private @Nullable ChildSa made;

  /** What is done with a pair whose inbound SA stands. */
  @FunctionalInterface
  interface Made {
    void made(Turn turn, ChildSa child);
  }

  /** For a new child: it is used at once. */
  ChildResponder(IkeSa sa, boolean withAuth) {
    this(sa, withAuth, null, (turn, child) -> fresh(turn, sa, child));
  }

  /**
   * A new pair is used at once, unless another one carries the same traffic: the peer, which does
   * not have the new one before our response comes, will delete that one soon.
   */
  private static void fresh(Turn turn, IkeSa sa, ChildSa child) {
    ChildSa standing = sa.host.carrying(sa, child);
    if (standing == null) {
      child.installOutbound(turn);
      sa.log(turn, "child " + child + " carries traffic");
      return;
    }
    standing.succeededBy(child);
    sa.host
        .agenda()
        .at(
            turn.now() + sa.host.settings().rekeyedDelay(),
            later -> {
              if (child.state() == ChildSa.State.HALF) {
                child.installOutbound(later);
              }
            });
  }

  /** For the successor of a child. */
  ChildResponder(IkeSa sa, boolean withAuth, @Nullable ChildSa predecessor, Made whenMade) {
    this.sa = sa;
    this.withAuth = withAuth;
    this.predecessor = predecessor;
    this.whenMade = whenMade;
    found = new ChildNegotiation(sa, false);
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    try {
      negotiate(turn, request, response);
    } catch (RefusedException refusal) {
      if (found.ourSpi != 0 && made == null) {
        sa.host.table().giveBackChildSpi(found.ourSpi);
      }
      throw refusal;
    }
  }

  private void negotiate(Turn turn, Message request, Draft response) throws RefusedException {
    SaPayload offer = request.first(SaPayload.class);
    TsPayload tsi = request.first(TsPayload.class, PayloadType.TRAFFIC_SELECTOR_INITIATOR);
    TsPayload tsr = request.first(TsPayload.class, PayloadType.TRAFFIC_SELECTOR_RESPONDER);
    if (offer == null || tsi == null || tsr == null) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a request without SA or selectors");
    }
    if (sa.children().size() >= MOST_CHILDREN) {
      throw new RefusedException(
          NotifyType.NO_ADDITIONAL_SAS, MOST_CHILDREN + " children of one IKE SA are enough");
    }
    Child chosen = match(tsi, tsr);
    config = chosen;
    Proposal proposal =
        Negotiation.choose(
            offer.proposals(), chosen.proposals(), Negotiation.Preference.OWN, !withAuth);
    if (proposal == null) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN,
          "no proposal of the peer is acceptable for child " + chosen.name());
    }
    Octets spi = spiOf(offer.proposals(), proposal.number());
    if (spi.size() != 4 || spi.integer(0) == 0) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a proposal with a bad SPI");
    }
    found.suite = ChildSuite.of(proposal);
    found.peerSpi = spi.integer(0);
    found.ourSpi = sa.host.childSpi();
    boolean tunnel = predecessor == null ? chosen.tunnel() : predecessor.parameters().tunnel();
    found.tunnel = tunnel || !request.has(NotifyType.USE_TRANSPORT_MODE);
    if (found.tunnel && !tunnel) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN, "the peer wants tunnel mode, but transport is configured");
    }
    resource(turn, request, response, chosen);
    if (!found.tunnel) {
      response.notify(NotifyType.USE_TRANSPORT_MODE);
    }
    response.add(
        new SaPayload(
            List.of(
                new Proposal(
                    proposal.number(),
                    proposal.protocol(),
                    Octets.number(Integer.toUnsignedLong(found.ourSpi), 4),
                    proposal.transforms()))));
    boolean finished = exchange(turn, request, response);
    response.add(ChildNegotiation.payload(true, found.remote, found.label));
    response.add(ChildNegotiation.payload(false, found.local, found.label));
    if (finished) {
      finish(turn);
    }
  }

  private static Octets spiOf(List<Proposal> offered, int number) {
    return offered.stream()
        .filter(one -> one.number() == number)
        .findFirst()
        .map(Proposal::spi)
        .orElse(Octets.EMPTY);
  }

  /** RFC 9611: an SA for one processor, as many as are configured beside the one for all. */
  private void resource(Turn turn, Message request, Draft response, Child chosen)
      throws RefusedException {
    NotifyPayload info = request.notification(NotifyType.SA_RESOURCE_INFO);
    if (info == null || chosen.perResource() == 0 || info.data().size() < 4) {
      return;
    }
    long standing =
        sa.children().stream()
            .filter(one -> one.alive() && one.config().equals(chosen))
            .filter(one -> one.parameters().resource() >= 0)
            .count();
    if (standing >= chosen.perResource()) {
      throw new RefusedException(
          NotifyType.TS_MAX_QUEUE, standing + " SAs for single processors are enough");
    }
    sa.log(turn, "an SA for one processor of the peer");
    found.resource = 0;
    response.notify(NotifyType.SA_RESOURCE_INFO, info.data());
  }

  /** Nonces and key exchange; whether that was all. */
  private boolean exchange(Turn turn, Message request, Draft response) throws RefusedException {
    if (withAuth) {
      found.ni = sa.handshake().ni;
      found.nr = sa.handshake().nr;
      return true;
    }
    NoncePayload theirs = request.first(NoncePayload.class);
    if (theirs == null) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a request without nonce");
    }
    found.ni = theirs.nonce();
    found.nr = sa.host.nonce();
    response.add(new NoncePayload(found.nr));
    ChildSuite suite = Objects.requireNonNull(found.suite);
    KeyExchangeMethod method = suite.keyExchange();
    if (method == KeyExchangeMethod.NONE) {
      return true;
    }
    KePayload value = request.first(KePayload.class);
    if (value == null || value.method() != method.id()) {
      throw new RefusedException(
          NotifyType.INVALID_KE_PAYLOAD,
          Octets.number(method.id(), 2),
          "the key exchange is not by " + method.keyword() + ", which is agreed on");
    }
    KeyExchange.Response exchanged = KeyExchanges.respond(turn, sa, method, value.data());
    found.secrets.add(exchanged.sharedSecret());
    response.add(new KePayload(method.id(), exchanged.publicValue()));
    if (suite.additional().isEmpty()) {
      return true;
    }
    sa.followUps()
        .expect(turn, response, suite.additional(), found.secrets, (later, last) -> finish(later));
    return false;
  }

  private void finish(Turn turn) {
    ChildSa child = found.make(turn, Objects.requireNonNull(config), predecessor);
    made = child;
    child.installInbound(turn);
    whenMade.made(turn, child);
  }

  /** The configured child whose traffic and label the offer meets, with what is left of it. */
  private Child match(TsPayload tsi, TsPayload tsr) throws RefusedException {
    if (tsi.ranges().isEmpty() || tsr.ranges().isEmpty()) {
      throw new RefusedException(
          NotifyType.TS_UNACCEPTABLE, "selectors without addresses are not acceptable");
    }
    List<Child> candidates =
        predecessor == null ? sa.connection().children() : List.of(predecessor.config());
    String why = "no child is configured for " + tsi.ranges() + " === " + tsr.ranges();
    for (Child candidate : candidates) {
      List<Selector.Range> ours =
          Ranges.narrow(tsr.ranges(), Ranges.of(candidate.local(), sa.localHosts()));
      List<Selector.Range> theirs =
          Ranges.narrow(tsi.ranges(), Ranges.of(candidate.remote(), sa.remoteHosts()));
      if (ours.isEmpty() || theirs.isEmpty()) {
        continue;
      }
      String objection = label(candidate, tsi, tsr);
      if (objection == null) {
        found.local = ours;
        found.remote = theirs;
        return candidate;
      }
      why = objection;
    }
    throw new RefusedException(NotifyType.TS_UNACCEPTABLE, why);
  }

  /** Takes the first label that is acceptable; the reason if there is none (RFC 9478). */
  private @Nullable String label(Child candidate, TsPayload tsi, TsPayload tsr) {
    String configured = candidate.label();
    if (configured == null) {
      return tsi.labels().isEmpty() && tsr.labels().isEmpty()
          ? null
          : "the peer proposes a label, but child " + candidate.name() + " has none";
    }
    for (Octets one : tsi.labels()) {
      String proposed = ChildNegotiation.label(one);
      if (proposed != null
          && tsr.labels().stream().anyMatch(other -> proposed.equals(ChildNegotiation.label(other)))
          && acceptable(candidate, configured, proposed)) {
        found.label = proposed;
        return null;
      }
    }
    return "no label of the peer is acceptable for " + configured;
  }

  private boolean acceptable(Child candidate, String configured, String proposed) {
    if (predecessor != null) {
      return proposed.equals(predecessor.parameters().label());
    }
    return proposed.equals(configured)
        || candidate.labelMode() == Child.LabelMode.SELINUX
            && sa.host.surroundings().polmatch(proposed, configured);
  }
}
