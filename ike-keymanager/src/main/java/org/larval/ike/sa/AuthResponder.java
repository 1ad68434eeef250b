package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.CertReqPayload;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.PayloadType;
import org.larval.ike.message.SaPayload;

/** IKE_AUTH from the responder's side (RFC 7296 sections 1.2 and 2.15), over all its rounds. */
final class AuthResponder implements Answer {
  private static final long SECOND = 1_000_000_000L;

  private final IkeSa sa;
  private final List<CertPayload> shown = new ArrayList<>();
  private @Nullable IdPayload peerId;
  private @Nullable EapResponder eap;
  private @Nullable Message asked;
  private boolean ppkUsed;
  private boolean initialContact;
  private boolean done;

  AuthResponder(IkeSa sa) {
    this.sa = sa;
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    if (!sa.handshake().additional.isEmpty()) {
      throw failed("the peer has left out key exchanges that were agreed on");
    }
    shown.addAll(Proof.shown(request));
    if (asked == null) {
      first(turn, request, response);
    } else if (eap != null) {
      next(turn, request, response);
    } else {
      throw failed("the peer has nothing more to prove");
    }
  }

  private static RefusedException failed(String why) {
    return new RefusedException(NotifyType.AUTHENTICATION_FAILED, why);
  }

  private void first(Turn turn, Message request, Draft response) throws RefusedException {
    asked = request;
    Handshake shared = sa.handshake();
    shared.authId = request.header().messageId();
    shared.authorities.addAll(request.all(CertReqPayload.class));
    IdPayload id = request.first(IdPayload.class, PayloadType.IDENTIFICATION_INITIATOR);
    if (id == null) {
      throw failed("the peer does not say who it is");
    }
    peerId = id;
    AuthPayload auth = request.first(AuthPayload.class);
    sa.remoteId(Proof.identity(id));
    choose(turn, request, auth);
    initialContact = request.has(NotifyType.INITIAL_CONTACT);
    sa.peer().mobike = sa.connection().mobike() && request.has(NotifyType.MOBIKE_SUPPORTED);
    Authentication.Method method = sa.connection().remoteAuth().method();
    if (auth == null) {
      begin(turn, request, response);
      return;
    }
    check(turn, request, method, auth, null);
    identify(response);
    response.add(new Proof(sa).make(turn, null));
    finish(turn, response);
  }

  /** The connection that fits best what the peer says about itself and us. */
  private void choose(Turn turn, Message request, @Nullable AuthPayload auth)
      throws RefusedException {
    IdPayload wanted = request.first(IdPayload.class, PayloadType.IDENTIFICATION_RESPONDER);
    Identity peer = sa.remoteId();
    Connection best = null;
    int bestScore = 0;
    for (Connection one : sa.host.connections()) {
      if (!one.joins(sa.local().address(), sa.remote().address())
          || one.remoteAuth().method().eap() == (auth != null)) {
        continue;
      }
      int theirs = peer.matches(one.remoteAuth().identity());
      int ours = wanted == null ? 1 : 1 + fits(one, Proof.identity(wanted));
      if (theirs > 0 && ours > 1 - (wanted == null ? 1 : 0) && theirs * 32 + ours > bestScore) {
        bestScore = theirs * 32 + ours;
        best = one;
      }
    }
    if (best == null) {
      throw failed(
          "no connection is for "
              + peer
              + (wanted == null ? "" : " that wants " + Proof.identity(wanted)));
    }
    sa.connection(best);
    sa.localId(new Proof(sa).ours());
    if (wanted != null && best.localAuth().identity().kind() == Identity.ANY) {
      sa.localId(Proof.identity(wanted));
    }
    sa.log(turn, "the peer says that it is " + peer);
  }

  private static int fits(Connection connection, Identity wanted) {
    Identity ours = connection.localAuth().identity();
    return ours.kind() == Identity.ANY ? 1 : ours.matches(wanted);
  }

  /** Who we are, in front of our AUTH. */
  private void identify(Draft response) {
    response.add(Proof.id(false, sa.localId()));
    if (sa.connection().localAuth().method() == Authentication.Method.PUBKEY) {
      new Proof(sa).certificates(response);
    }
    if (ppkUsed) {
      response.notify(NotifyType.PPK_IDENTITY);
    }
  }

  private void check(
      Turn turn,
      Message request,
      Authentication.Method method,
      AuthPayload auth,
      @Nullable Secret msk)
      throws RefusedException {
    AuthPayload checked = ppk(request, auth);
    IdPayload id = peerId;
    if (id == null) {
      throw failed("the peer does not say who it is");
    }
    new Proof(sa).check(turn, method, id, checked, shown, msk);
    sa.log(turn, "the peer is " + sa.remoteId());
  }

  /** RFC 8784: with the key that the peer names if we have it, otherwise without if we may. */
  private AuthPayload ppk(Message request, AuthPayload auth) throws RefusedException {
    Connection connection = sa.connection();
    NotifyPayload named = request.notification(NotifyType.PPK_IDENTITY);
    String name = named == null ? null : Ppk.name(named.data());
    Secret key =
        name == null || !name.equals(connection.ppkId()) ? null : sa.host.keyring().ppkOf(name);
    if (key != null) {
      IkeKeys plain = sa.keys();
      sa.mixed(new KeySchedule(sa.suite().prf()).withPpk(plain, key));
      ppkUsed = true;
      return auth;
    }
    if (connection.ppkRequired()) {
      throw failed("the peer does not use the post-quantum preshared key");
    }
    NotifyPayload without = request.notification(NotifyType.NO_PPK_AUTH);
    if (named != null && without == null) {
      throw failed("the peer insists on a post-quantum preshared key that is not known here");
    }
    return without == null || named == null ? auth : new AuthPayload(auth.method(), without.data());
  }

  /** The peer wants EAP: we prove who we are first, unless EAP does that as well. */
  private void begin(Turn turn, Message request, Draft response) throws RefusedException {
    Authentication.Method local = sa.connection().localAuth().method();
    if (local.eap() && !request.has(NotifyType.EAP_ONLY_AUTHENTICATION)) {
      throw failed("the peer does not take EAP as our only proof");
    }
    eap = new EapResponder(sa, turn);
    identify(response);
    if (!local.eap()) {
      response.add(new Proof(sa).make(turn, null));
    }
    eap.begin(turn, response);
  }

  private void next(Turn turn, Message request, Draft response) throws RefusedException {
    EapResponder conversation = eap;
    Message before = asked;
    if (conversation == null || before == null) {
      throw failed("the peer has nothing more to prove");
    }
    if (!conversation.finished()) {
      conversation.answer(turn, request, response);
      return;
    }
    AuthPayload auth = request.first(AuthPayload.class);
    if (auth == null) {
      throw failed("the peer does not prove who it is");
    }
    Secret msk = conversation.msk();
    check(turn, request, sa.connection().remoteAuth().method(), auth, msk);
    if (ppkUsed) {
      response.notify(NotifyType.PPK_IDENTITY);
    }
    response.add(new Proof(sa).make(turn, msk));
    finish(turn, response);
  }

  private void finish(Turn turn, Draft response) throws RefusedException {
    Message request = asked;
    Connection connection = sa.connection();
    if (request == null) {
      return;
    }
    if (connection.unique() == Connection.Unique.KEEP && sa.host.known(sa)) {
      throw failed("there is an IKE SA of " + sa.remoteId() + " already, which is kept");
    }
    if (connection.redirectTo() != null && sa.peer().redirects) {
      response.notify(NotifyType.REDIRECT, Redirect.data(connection.redirectTo(), Octets.EMPTY));
    } else {
      first(turn, request, response, connection);
    }
    if (connection.mobike() && sa.peer().mobike) {
      Mobike.announce(sa, response);
    }
    if (connection.reauthTime() != 0) {
      response.notify(NotifyType.AUTH_LIFETIME, Octets.number(connection.reauthTime() / SECOND, 4));
    }
    Replies.announce(sa, response);
    done = true;
  }

  /** Addresses and the first child; the IKE SA stands whether or not they can be had. */
  private void first(Turn turn, Message request, Draft response, Connection connection) {
    boolean wantsChild = request.first(SaPayload.class) != null;
    Draft part = new Draft();
    try {
      ConfigurationReply.answer(turn, sa, request, part);
      if (wantsChild) {
        if (connection.childless() == Connection.Childless.FORCE) {
          throw new RefusedException(
              NotifyType.NO_ADDITIONAL_SAS, "a child has to wait for an exchange of its own");
        }
        new ChildResponder(sa, true).answer(turn, request, part);
      }
      part.payloads().forEach(response::add);
    } catch (RefusedException refusal) {
      sa.log(turn, refusal.why());
      response.notify(refusal.answer(), refusal.data());
    }
  }

  @Override
  public void sent(Turn turn) {
    if (done) {
      sa.establish(turn, false);
      sa.host.unique(turn, sa, initialContact);
    }
  }
}
