package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.PayloadType;
import org.larval.ike.message.SaPayload;

/**
 * IKE_AUTH from the initiator's side (RFC 7296 sections 1.2 and 2.15): who we are, proof of it, and
 * with it the first child.
 */
final class AuthInitiator extends Task {
  private final @Nullable ChildInitiator child;
  private final List<Child> others;
  private final @Nullable IkeSa predecessor;
  private final ConfigurationRequest configuration;
  private final List<CertPayload> shown = new ArrayList<>();
  private @Nullable EapInitiator eap;
  private @Nullable IdPayload peerId;
  private @Nullable IkeKeys withoutPpk;
  private boolean first = true;
  private boolean childless;
  private boolean peerProved;

  AuthInitiator(
      IkeSa sa, @Nullable ChildInitiator child, List<Child> others, @Nullable IkeSa predecessor) {
    super(sa);
    this.child = child;
    this.others = List.copyOf(others);
    this.predecessor = predecessor;
    configuration = new ConfigurationRequest(sa);
  }

  /** What the first exchange asks for besides, or null. */
  @Nullable ChildInitiator child() {
    return child;
  }

  /** All that are asked for. */
  List<Child> children() {
    List<Child> all = new ArrayList<>(others);
    if (child != null) {
      all.addFirst(child.config());
    }
    return all;
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.IKE_AUTH;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    try {
      if (first) {
        first(turn, draft);
      } else if (eap != null && eap.finished()) {
        prove(turn, draft, new Proof(sa), eap.msk());
      } else if (eap != null) {
        eap.build(draft);
      }
      return Outcome.MORE;
    } catch (RefusedException refusal) {
      sa.close(turn, refusal.why());
      return Outcome.DONE;
    }
  }

  private void first(Turn turn, Draft draft) throws RefusedException {
    Connection connection = sa.connection();
    Proof proof = new Proof(sa);
    Authentication auth = connection.localAuth();
    first = false;
    sa.handshake().authId = sa.requests().nextId();
    sa.localId(proof.ours());
    draft.add(Proof.id(true, sa.localId()));
    if (auth.method() == Authentication.Method.PUBKEY) {
      proof.certificates(draft);
    }
    if (initialContact(connection)) {
      draft.notify(NotifyType.INITIAL_CONTACT);
    }
    if (connection.remoteAuth().method() == Authentication.Method.PUBKEY) {
      Proof.request(sa, draft);
    }
    Identity wanted = connection.remoteAuth().identity();
    if (wanted.kind() != Identity.ANY && wanted.matches(wanted) == Identity.PERFECT) {
      draft.add(Proof.id(false, wanted));
    }
    if (auth.method().eap()) {
      eap = new EapInitiator(sa, turn);
      if (connection.remoteAuth().method().eap()) {
        draft.notify(NotifyType.EAP_ONLY_AUTHENTICATION);
      }
    } else {
      prove(turn, draft, proof, null);
    }
    configuration.build(draft);
    childless = childless(connection);
    if (child != null && !childless) {
      child.withAuth();
      child.build(turn, draft);
    }
    Mobike.announce(sa, draft);
    Replies.announce(sa, draft);
  }

  /** Our AUTH, with a post-quantum preshared key mixed in where both have one (RFC 8784). */
  private void prove(Turn turn, Draft draft, Proof proof, @Nullable Secret msk)
      throws RefusedException {
    Connection connection = sa.connection();
    Secret ppk = Ppk.of(sa);
    if (ppk == null) {
      draft.add(proof.make(turn, msk));
      return;
    }
    AuthPayload plain = connection.ppkRequired() ? null : proof.make(turn, msk);
    withoutPpk = sa.keys();
    sa.mixed(new KeySchedule(sa.suite().prf()).withPpk(sa.keys(), ppk));
    draft.add(proof.make(turn, msk));
    draft.notify(NotifyType.PPK_IDENTITY, Ppk.identity(connection));
    if (plain != null) {
      draft.notify(NotifyType.NO_PPK_AUTH, plain.data());
    }
  }

  private boolean initialContact(Connection connection) {
    if (predecessor != null || connection.unique() == Connection.Unique.NEVER) {
      return false;
    }
    for (IkeSa other : sa.host.table().all()) {
      if (other != sa && other.hasConnection() && other.connection().equals(connection)) {
        return false;
      }
    }
    return connection.remoteAuth().identity().kind() != Identity.ANY;
  }

  private boolean childless(Connection connection) {
    boolean useless =
        child != null
            && child.acquire() == null
            && child.config().label() != null
            && child.config().labelMode() == Child.LabelMode.SELINUX;
    return switch (connection.childless()) {
      case FORCE -> true;
      case PREFER -> sa.handshake().childless;
      // a generic label is of use for no packet (RFC 9478, and what both daemons do)
      case ALLOW, NEVER -> useless;
    };
  }

  @Override
  Outcome process(Turn turn, Message response) throws RefusedException {
    shown.addAll(Proof.shown(response));
    NotifyPayload error = response.error();
    boolean whole = response.first(AuthPayload.class) != null;
    if (error != null && !whole) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED,
          "the peer answered " + NotifyType.name(error.notification()));
    }
    try {
      return authenticate(turn, response);
    } catch (RefusedException refusal) {
      if (eap != null && eap.refused()) {
        throw refusal;
      }
      return tell(turn, refusal);
    }
  }

  /** The peer believes that we talk: it is told that we do not believe it. */
  private Outcome tell(Turn turn, RefusedException refusal) {
    sa.log(turn, refusal.why());
    if (child != null) {
      child.abandoned(turn, refusal.why());
    }
    sa.requests().drop();
    sa.requests().addFirst(turn, IkeDelete.unauthenticated(sa, refusal.why()));
    return Outcome.DONE;
  }

  private Outcome authenticate(Turn turn, Message response) throws RefusedException {
    IdPayload id = response.first(IdPayload.class, PayloadType.IDENTIFICATION_RESPONDER);
    AuthPayload auth = response.first(AuthPayload.class);
    Authentication expected = sa.connection().remoteAuth();
    if (peerId == null) {
      if (id == null) {
        throw failed("the peer does not say who it is");
      }
      peerId = id;
      Identity identity = Proof.identity(id);
      if (identity.matches(expected.identity()) == 0) {
        throw failed("the peer is " + identity + ", not " + expected.identity());
      }
      sa.remoteId(identity);
    }
    if (withoutPpk != null && auth != null && !response.has(NotifyType.PPK_IDENTITY)) {
      if (sa.connection().ppkRequired()) {
        throw failed("the peer does not use the post-quantum preshared key");
      }
      sa.mixed(withoutPpk);
    }
    if (eap != null && !eap.finished()) {
      if (auth != null) {
        new Proof(sa).check(turn, expected.method(), peerId, auth, shown, null);
        peerProved = true;
      } else if (!peerProved && !expected.method().eap() && eap.atFirst()) {
        throw failed("the peer does not prove who it is");
      }
      eap.process(response);
      return Outcome.MORE;
    }
    if (auth == null) {
      throw failed("the peer does not prove who it is");
    }
    Secret msk = eap == null ? null : eap.msk();
    Authentication.Method method =
        eap == null ? expected.method() : sa.connection().localAuth().method();
    new Proof(sa).check(turn, method, peerId, auth, shown, msk);
    finish(turn, response);
    return Outcome.DONE;
  }

  private static RefusedException failed(String why) {
    return new RefusedException(NotifyType.AUTHENTICATION_FAILED, why);
  }

  private void finish(Turn turn, Message response) throws RefusedException {
    sa.log(turn, "the peer is " + sa.remoteId());
    sa.peer().mobike = sa.connection().mobike() && response.has(NotifyType.MOBIKE_SUPPORTED);
    NotifyPayload lifetime = response.notification(NotifyType.AUTH_LIFETIME);
    if (lifetime != null && lifetime.data().size() == 4) {
      sa.life()
          .authLifetime(turn, Integer.toUnsignedLong(lifetime.data().integer(0)) * 1_000_000_000L);
    }
    NotifyPayload redirect = response.notification(NotifyType.REDIRECT);
    if (redirect != null) {
      sa.establish(turn, false);
      Redirect.moved(turn, sa, redirect, children());
      return;
    }
    configuration.process(turn, response);
    firstChild(turn, response);
    sa.establish(turn, false);
    sa.host.unique(turn, sa, false);
    for (Child other : others) {
      sa.requests().add(turn, new ChildInitiator(sa, other, null, null));
    }
    IkeSa old = predecessor;
    if (old != null) {
      sa.requests()
          .add(
              turn,
              Starter.then(
                  sa,
                  later -> {
                    succeed(old);
                    old.life().replaced(later);
                  }));
    }
  }

  private void succeed(IkeSa old) {
    for (ChildSa before : old.children()) {
      ChildSa after = sa.childOf(before.config(), before.parameters().label());
      if (before.alive() && after != null) {
        before.succeededBy(after);
      }
    }
  }

  private void firstChild(Turn turn, Message response) {
    if (child == null) {
      return;
    }
    if (childless) {
      if (child.acquire() != null
          || child.config().label() == null
          || child.config().labelMode() == Child.LabelMode.SIMPLE) {
        sa.requests().addFirst(turn, new ChildInitiator(sa, child.config(), child.acquire(), null));
      }
      return;
    }
    if (response.first(SaPayload.class) == null && response.error() == null) {
      sa.log(turn, "the peer answers no child");
    }
    try {
      child.process(turn, response);
    } catch (RefusedException refusal) {
      // the IKE SA stands without it (RFC 7296 section 1.2)
      sa.log(turn, refusal.why());
    }
  }

  @Override
  void abandoned(Turn turn, String why) {
    if (child != null) {
      child.abandoned(turn, why);
    }
  }
}
