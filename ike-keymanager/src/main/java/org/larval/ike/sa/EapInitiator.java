package org.larval.ike.sa;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Authentication;
import org.larval.ike.crypto.Secret;
import org.larval.ike.eap.EapPeer;
import org.larval.ike.eap.EapStep;
import org.larval.ike.eap.EapTlsPeer;
import org.larval.ike.eap.MsChapV2Peer;
import org.larval.ike.eap.PeerMethod;
import org.larval.ike.message.EapPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** EAP in IKE_AUTH from the side that is asked (RFC 7296 section 2.16). */
final class EapInitiator {
  private final IkeSa sa;
  private final EapPeer peer;
  private boolean first = true;
  private boolean refused;
  private @Nullable Octets next;
  private @Nullable Secret msk;

  /**
   * For one IKE SA.
   *
   * @throws RefusedException if what the method needs is not there
   */
  EapInitiator(IkeSa sa, Turn turn) throws RefusedException {
    this.sa = sa;
    Authentication auth = sa.connection().localAuth();
    String user = auth.eapIdentity() == null ? sa.localId().toString() : auth.eapIdentity();
    peer =
        new EapPeer(
            Octets.of(user.getBytes(StandardCharsets.UTF_8)), List.of(method(turn, auth, user)));
  }

  private PeerMethod method(Turn turn, Authentication auth, String user) throws RefusedException {
    if (auth.method() == Authentication.Method.EAP_TLS) {
      return new EapTlsPeer(EapTlsEnds.setup(sa, turn, sa.connection().remoteAuth().identity()));
    }
    Secret password = sa.host.keyring().eapPassword(user);
    if (password == null) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED, "there is no EAP password of " + user);
    }
    return new MsChapV2Peer(user, password, sa.host.random());
  }

  /** Whether both ends have proved themselves to EAP. */
  boolean finished() {
    return msk != null;
  }

  /** Whether the peer has said nothing yet. */
  boolean atFirst() {
    return first;
  }

  /** Whether the peer has ended EAP, and so knows that it failed. */
  boolean refused() {
    return refused;
  }

  /** The key that EAP has made. */
  Secret msk() {
    return Objects.requireNonNull(msk);
  }

  void build(Draft draft) {
    if (next != null) {
      draft.add(new EapPayload(next));
    }
  }

  void process(Message response) throws RefusedException {
    first = false;
    EapPayload payload = response.first(EapPayload.class);
    if (payload == null) {
      throw new RefusedException(NotifyType.AUTHENTICATION_FAILED, "the peer leaves EAP half way");
    }
    refused = payload.code() == EapPayload.FAILURE;
    switch (peer.onPacket(payload.packet())) {
      case EapStep.Send send -> next = send.packet();
      case EapStep.Success success -> msk = success.msk();
      case EapStep.Failure failure ->
          throw new RefusedException(NotifyType.AUTHENTICATION_FAILED, failure.reason());
    }
  }
}
