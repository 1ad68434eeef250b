package org.larval.lab.show;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.eap.MsChapV2Transcript;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.EapPayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.KePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.SaPayload;
import org.larval.lab.show.IkeDecoder.Decoded;

/**
 * Follows the exchanges of a capture: which nonces, SPIs and initial messages make an IKE SA, which
 * IKE SA replaces which, which exchange made a child.
 */
final class IkeHistory {
  private record Request(IkeSpis spis, boolean fromInitiator, int id) {}

  private final Map<Long, Octets> initialRequests = new LinkedHashMap<>();
  private final Map<IkeSpis, IkeSa> sas = new LinkedHashMap<>();
  private final Map<Request, Message> requests = new LinkedHashMap<>();
  private final List<IkeSa.Child> children = new ArrayList<>();
  private final Map<Integer, Proposal> agreed = new LinkedHashMap<>();
  private final AuthCheck auths;

  IkeHistory(AuthCheck auths) {
    this.auths = auths;
  }

  /** All IKE SAs in the order in which they came up. */
  List<IkeSa> sas() {
    return List.copyOf(sas.values());
  }

  @Nullable IkeSa sa(IkeSpis spis) {
    return sas.get(spis);
  }

  /** What was agreed on for the child SA of an SPI, or null. */
  @Nullable Proposal agreed(int spi) {
    return agreed.get(spi);
  }

  /** All exchanges that made child SAs, those of IKE_AUTH last. */
  List<IkeSa.Child> children() {
    List<IkeSa.Child> all = new ArrayList<>(children);
    for (IkeSa sa : sas.values()) {
      if (sa.parent == null) {
        Set<Integer> spis = new LinkedHashSet<>(sa.initiator.childSpis);
        spis.addAll(sa.responder.childSpis);
        all.add(new IkeSa.Child(sa, sa.ni, sa.nr, false, false, spis));
      }
    }
    return all;
  }

  /** The next message. */
  void add(Decoded decoded) {
    Message message = decoded.message();
    if (message == null) {
      return;
    }
    Header header = message.header();
    if (header.is(ExchangeType.IKE_SA_INIT)) {
      if (decoded.opened() == null && !decoded.encrypted()) {
        initial(decoded.octets(), message);
      }
      return;
    }
    IkeSa sa = sas.get(IkeSpis.of(header));
    if (decoded.opened() == null) {
      return;
    }
    if (sa == null) {
      auths.unknown(decoded, message);
    } else if (header.is(ExchangeType.IKE_INTERMEDIATE)) {
      auths.intermediate(sa, decoded.opened());
    } else if (header.is(ExchangeType.IKE_AUTH)) {
      authentication(sa, decoded, message);
    } else if (header.is(ExchangeType.CREATE_CHILD_SA)) {
      create(sa, message);
    }
  }

  private void initial(byte[] octets, Message message) {
    Header header = message.header();
    if (!header.response()) {
      initialRequests.put(header.initiatorSpi(), Octets.of(octets));
      Request key = new Request(new IkeSpis(header.initiatorSpi(), 0), true, 0);
      requests.put(key, message);
      return;
    }
    Octets request = initialRequests.get(header.initiatorSpi());
    Message asked = requests.get(new Request(new IkeSpis(header.initiatorSpi(), 0), true, 0));
    SaPayload sa = message.first(SaPayload.class);
    NoncePayload nr = message.first(NoncePayload.class);
    NoncePayload ni = asked == null ? null : asked.first(NoncePayload.class);
    IkeSpis spis = IkeSpis.of(header);
    if (request == null || ni == null || nr == null || sa == null || sa.proposals().isEmpty()) {
      return;
    }
    if (!sas.containsKey(spis)) {
      IkeSa made = new IkeSa(spis, null, ni.nonce(), nr.nonce(), sa.proposals().getFirst());
      made.initiator.initial = request;
      made.responder.initial = Octets.of(octets);
      sas.put(spis, made);
    }
  }

  private void authentication(IkeSa sa, Decoded decoded, Message message) {
    Header header = message.header();
    if (sa.firstAuth < 0 && !header.response()) {
      sa.firstAuth = header.messageId();
    }
    IkeSa.Side side = sa.side(header.fromInitiator());
    for (IdPayload id : message.all(IdPayload.class)) {
      if (id.ofInitiator() == header.fromInitiator()) {
        side.id = id;
      }
    }
    List<CertPayload> certificates = message.all(CertPayload.class);
    if (!certificates.isEmpty()) {
      side.certificates.clear();
      side.certificates.addAll(certificates);
    }
    for (EapPayload one : message.all(EapPayload.class)) {
      MsChapV2Transcript eap = sa.eap == null ? new MsChapV2Transcript() : sa.eap;
      eap.add(one.packet());
      sa.eap = eap;
    }
    SaPayload offer = message.first(SaPayload.class);
    if (offer != null) {
      side.childSpis.addAll(childSpis(offer));
      if (header.response() && offer.proposals().size() == 1) {
        Set<Integer> spis = new LinkedHashSet<>(sa.initiator.childSpis);
        spis.addAll(sa.responder.childSpis);
        spis.forEach(spi -> agreed.put(spi, offer.proposals().getFirst()));
      }
    }
    if (message.first(AuthPayload.class) != null) {
      auths.check(sa, decoded, message);
    }
  }

  private void create(IkeSa sa, Message message) {
    Header header = message.header();
    Request key =
        new Request(sa.spis, header.response() != header.fromInitiator(), header.messageId());
    if (!header.response()) {
      requests.put(key, message);
      return;
    }
    Message request = requests.get(key);
    if (request == null) {
      return;
    }
    NoncePayload ni = request.first(NoncePayload.class);
    NoncePayload nr = message.first(NoncePayload.class);
    SaPayload offer = request.first(SaPayload.class);
    SaPayload answer = message.first(SaPayload.class);
    if (ni == null || nr == null || offer == null || answer == null) {
      return;
    }
    if (answer.proposals().isEmpty() || offer.proposals().isEmpty()) {
      return;
    }
    Proposal picked = answer.proposals().getFirst();
    Proposal offered = offer.proposals().getFirst();
    if (picked.protocol() == Protocol.IKE.id()) {
      if (picked.spi().size() == 8 && offered.spi().size() == 8) {
        IkeSpis spis = new IkeSpis(number(offered.spi()), number(picked.spi()));
        sas.putIfAbsent(spis, new IkeSa(spis, sa, ni.nonce(), nr.nonce(), picked));
      }
      return;
    }
    Set<Integer> spis = new LinkedHashSet<>(childSpis(offer));
    spis.addAll(childSpis(answer));
    spis.forEach(spi -> agreed.put(spi, picked));
    boolean ke = message.first(KePayload.class) != null && request.first(KePayload.class) != null;
    children.add(
        new IkeSa.Child(sa, ni.nonce(), nr.nonce(), ke, ke && IkeSa.further(picked), spis));
  }

  private static Set<Integer> childSpis(SaPayload sa) {
    Set<Integer> spis = new LinkedHashSet<>();
    for (Proposal one : sa.proposals()) {
      if (one.spi().size() == 4) {
        spis.add(one.spi().integer(0));
      }
    }
    return spis;
  }

  private static long number(Octets spi) {
    return (long) spi.integer(0) << 32 | spi.integer(4) & 0xffff_ffffL;
  }
}
