package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.ike.IkeAcquire;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Child;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.Negotiation;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.message.ExchangeType;
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
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * A new pair of child SAs, from the side that asks (RFC 7296 section 1.3.1): in an exchange of its
 * own, or as a part of IKE_AUTH.
 */
class ChildInitiator extends Task {
  private final Child config;
  private final @Nullable IkeAcquire acquire;
  private final @Nullable ChildSa predecessor;
  private ChildNegotiation found;
  private boolean withAuth;
  private List<Proposal> offer = List.of();
  private List<Selector.Range> offeredLocal = List.of();
  private List<Selector.Range> offeredRemote = List.of();
  private @Nullable ProposedExchange exchange;
  private @Nullable FollowUp followUp;
  private @Nullable ChildSa made;
  private long notBefore = Long.MIN_VALUE;

  ChildInitiator(
      IkeSa sa, Child config, @Nullable IkeAcquire acquire, @Nullable ChildSa predecessor) {
    super(sa);
    this.config = config;
    this.acquire = acquire;
    this.predecessor = predecessor;
    found = new ChildNegotiation(sa, true);
  }

  Child config() {
    return config;
  }

  @Nullable IkeAcquire acquire() {
    return acquire;
  }

  /** The label that is asked for, or null. */
  @Nullable String label() {
    if (predecessor != null) {
      return predecessor.parameters().label();
    }
    if (config.label() == null) {
      return null;
    }
    boolean ofFlow = config.labelMode() == Child.LabelMode.SELINUX && acquire != null;
    return ofFlow && acquire != null && acquire.label() != null ? acquire.label() : config.label();
  }

  /** What has come of it, or null. */
  @Nullable ChildSa made() {
    return made;
  }

  @Override
  long notBefore() {
    return notBefore;
  }

  void notBefore(long time) {
    notBefore = time;
  }

  @Override
  ExchangeType exchange() {
    return followUp == null ? ExchangeType.CREATE_CHILD_SA : ExchangeType.IKE_FOLLOWUP_KE;
  }

  /** Becomes a part of IKE_AUTH, which has nonces and keys of its own. */
  void withAuth() {
    withAuth = true;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (followUp != null) {
      followUp.build(turn, draft);
      return Outcome.MORE;
    }
    if (found.ourSpi == 0) {
      found.ourSpi = sa.host.childSpi();
    }
    found.label = label();
    List<Proposal> all = config.proposals();
    Octets spi = Octets.number(Integer.toUnsignedLong(found.ourSpi), 4);
    offer = Proposals.withSpi(withAuth ? Proposals.withoutKeyExchange(all) : all, spi);
    boolean tunnel = predecessor == null ? config.tunnel() : predecessor.parameters().tunnel();
    if (!tunnel) {
      draft.notify(NotifyType.USE_TRANSPORT_MODE);
    }
    draft.add(new SaPayload(offer));
    if (withAuth) {
      found.ni = sa.handshake().ni;
      found.nr = sa.handshake().nr;
    } else {
      found.ni = found.ni.isEmpty() ? sa.host.nonce() : found.ni;
      draft.add(new NoncePayload(found.ni));
      keyExchange(turn, draft);
    }
    selectors();
    draft.add(ChildNegotiation.payload(true, offeredLocal, found.label));
    draft.add(ChildNegotiation.payload(false, offeredRemote, found.label));
    if (acquire != null && acquire.resource() >= 0 && config.perResource() > 0) {
      draft.notify(NotifyType.SA_RESOURCE_INFO, Octets.number(acquire.resource(), 4));
    }
    return Outcome.MORE;
  }

  private void keyExchange(Turn turn, Draft draft) {
    ProposedExchange own = exchange;
    if (own == null) {
      own = new ProposedExchange(sa, ProposedExchange.preferred(offer));
      exchange = own;
    }
    own.offer(turn, draft);
  }

  /** The packet that asked comes first, then everything that is configured. */
  private void selectors() {
    if (predecessor != null) {
      // not narrower than what is in use (RFC 7296 section 2.9.2)
      offeredLocal = predecessor.parameters().localSelectors();
      offeredRemote = predecessor.parameters().remoteSelectors();
      return;
    }
    offeredLocal = withPacket(ours(), true);
    offeredRemote = withPacket(Ranges.of(config.remote(), sa.remoteHosts()), false);
  }

  /** Of an address that the peer has still to give, all addresses: the answer narrows them. */
  private List<Selector.Range> ours() {
    List<IpAddress> asked = sa.connection().virtualIps();
    if (asked.isEmpty() || !sa.localInner().isEmpty()) {
      return Ranges.of(config.local(), sa.localHosts());
    }
    List<TrafficSpec> open = new ArrayList<>();
    for (TrafficSpec spec : config.local()) {
      for (IpAddress address : spec.prefix() == null ? asked : asked.subList(0, 1)) {
        open.add(
            spec.prefix() == null
                ? new TrafficSpec(
                    Prefix.any(address.v6()), spec.protocol(), spec.firstPort(), spec.lastPort())
                : spec);
      }
    }
    return Ranges.of(open, sa.localHosts());
  }

  private List<Selector.Range> withPacket(List<Selector.Range> configured, boolean source) {
    Selector.Range packet =
        acquire == null ? null : source ? acquire.source() : acquire.destination();
    if (packet == null || !Ranges.within(List.of(packet), configured)) {
      return configured;
    }
    List<Selector.Range> all = new ArrayList<>(configured);
    all.remove(packet);
    all.addFirst(packet);
    return all;
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    try {
      Outcome outcome = followUp == null ? first(turn, response) : followUp(turn, response);
      if (outcome == Outcome.DONE) {
        agreed(turn);
      }
      return outcome;
    } catch (RefusedException refusal) {
      giveUp(turn, refusal.why());
      throw refusal;
    }
  }

  private Outcome followUp(Turn turn, Message response) throws RefusedException {
    return Objects.requireNonNull(followUp).process(turn, response) ? Outcome.DONE : Outcome.MORE;
  }

  private Outcome first(Turn turn, Message response) throws RefusedException {
    NotifyPayload invalid = response.notification(NotifyType.INVALID_KE_PAYLOAD);
    if (invalid != null && !withAuth) {
      Objects.requireNonNull(exchange).other(turn, invalid, offer, true);
      return Outcome.MORE;
    }
    SaPayload answer = response.first(SaPayload.class);
    if (answer == null) {
      NotifyPayload error = response.error();
      throw new RefusedException(
          error == null ? NotifyType.INVALID_SYNTAX : known(error),
          "child "
              + config.name()
              + " failed: the peer answered "
              + (error == null ? "without SA" : NotifyType.name(error.notification())));
    }
    if (answer.proposals().size() != 1) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "an answer of several proposals");
    }
    Proposal chosen = answer.proposals().getFirst();
    String objection = Negotiation.objection(offer, chosen, !withAuth);
    if (objection != null || chosen.spi().size() != 4) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN,
          objection == null ? "an SPI of the wrong size" : objection);
    }
    found.suite = ChildSuite.of(chosen);
    found.peerSpi = chosen.spi().integer(0);
    narrowed(response);
    mode(response);
    if (response.has(NotifyType.SA_RESOURCE_INFO) && acquire != null) {
      found.resource = acquire.resource();
    }
    if (withAuth) {
      return Outcome.DONE;
    }
    return exchanged(turn, response);
  }

  private static NotifyType known(NotifyPayload error) {
    NotifyType type = NotifyType.of(error.notification());
    return type == null ? NotifyType.INVALID_SYNTAX : type;
  }

  private Outcome exchanged(Turn turn, Message response) throws RefusedException {
    NoncePayload theirs = response.first(NoncePayload.class);
    if (theirs == null) {
      throw new RefusedException(NotifyType.INVALID_SYNTAX, "a response without nonce");
    }
    found.nr = theirs.nonce();
    KeyExchangeMethod agreed = Objects.requireNonNull(found.suite).keyExchange();
    if (agreed != KeyExchangeMethod.NONE) {
      KePayload value = response.first(KePayload.class);
      found.secrets.add(Objects.requireNonNull(exchange).complete(turn, agreed, value));
    }
    List<KeyExchangeMethod> additional = found.suite.additional();
    if (additional.isEmpty()) {
      return Outcome.DONE;
    }
    followUp = FollowUp.after(sa, response, additional, found.secrets);
    return Outcome.MORE;
  }

  private void narrowed(Message response) throws RefusedException {
    TsPayload tsi = response.first(TsPayload.class, PayloadType.TRAFFIC_SELECTOR_INITIATOR);
    TsPayload tsr = response.first(TsPayload.class, PayloadType.TRAFFIC_SELECTOR_RESPONDER);
    if (tsi == null || tsr == null || tsi.ranges().isEmpty() || tsr.ranges().isEmpty()) {
      throw new RefusedException(NotifyType.TS_UNACCEPTABLE, "an answer without selectors");
    }
    if (!Ranges.within(tsi.ranges(), offeredLocal) || !Ranges.within(tsr.ranges(), offeredRemote)) {
      throw new RefusedException(
          NotifyType.TS_UNACCEPTABLE, "the peer answers selectors that were not offered");
    }
    found.local = tsi.ranges();
    found.remote = tsr.ranges();
    List<Octets> expected =
        found.label == null ? List.of() : List.of(ChildNegotiation.octets(found.label));
    if (!same(tsi.labels(), expected) || !same(tsr.labels(), expected)) {
      throw new RefusedException(
          NotifyType.TS_UNACCEPTABLE,
          found.label == null
              ? "the peer answers a label that was not offered"
              : "the peer does not answer the label " + found.label);
    }
  }

  private static boolean same(List<Octets> answered, List<Octets> expected) {
    return answered.size() == expected.size()
        && (expected.isEmpty()
            || java.util.Objects.equals(
                ChildNegotiation.label(answered.getFirst()),
                ChildNegotiation.label(expected.getFirst())));
  }

  private void mode(Message response) throws RefusedException {
    boolean wanted = predecessor == null ? config.tunnel() : predecessor.parameters().tunnel();
    found.tunnel = !response.has(NotifyType.USE_TRANSPORT_MODE);
    if (found.tunnel != wanted) {
      throw new RefusedException(
          NotifyType.NO_PROPOSAL_CHOSEN,
          found.tunnel
              ? "the peer takes tunnel mode only"
              : "the peer answers transport mode, which was not offered");
    }
  }

  private void agreed(Turn turn) {
    found.acquire = acquire;
    ChildSa child = found.make(turn, config, predecessor);
    made = child;
    child.installInbound(turn);
    // whoever replaces a pair decides when the new one is used
    if (predecessor == null) {
      child.installOutbound(turn);
      sa.log(turn, "child " + child + " carries traffic");
    }
  }

  /** It comes to nothing: a peer that has installed its half is told to delete it. */
  private void giveUp(Turn turn, String why) {
    if (found.ourSpi != 0) {
      sa.host.table().giveBackChildSpi(found.ourSpi);
    }
    if (found.peerSpi != 0 && !sa.gone()) {
      ChildDelete.halfMade(turn, sa, found.ourSpi);
    }
    failed(turn, why);
  }

  private void failed(Turn turn, String why) {
    if (acquire != null) {
      turn.emit(new IkeEvent.AcquireFailed(acquire, why));
    }
  }

  @Override
  void abandoned(Turn turn, String why) {
    if (made == null) {
      if (found.ourSpi != 0) {
        sa.host.table().giveBackChildSpi(found.ourSpi);
      }
      failed(turn, why);
    }
  }

  @Override
  @Nullable Task on(IkeSa successor) {
    return new ChildInitiator(successor, config, acquire, null);
  }
}
