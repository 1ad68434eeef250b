package org.larval.ike.sa;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Authentication;
import org.larval.ike.crypto.Secret;
import org.larval.ike.eap.EapServer;
import org.larval.ike.eap.EapStep;
import org.larval.ike.eap.EapTlsServer;
import org.larval.ike.eap.MsChapV2Server;
import org.larval.ike.eap.ServerMethod;
import org.larval.ike.message.EapPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;

/** EAP in IKE_AUTH from the side that asks (RFC 7296 section 2.16). */
final class EapResponder {
  private final IkeSa sa;
  private final EapServer server;
  private @Nullable Secret msk;

  /**
   * For one IKE SA.
   *
   * @throws RefusedException if what the method needs is not there
   */
  EapResponder(IkeSa sa, Turn turn) throws RefusedException {
    this.sa = sa;
    Authentication auth = sa.connection().remoteAuth();
    server =
        new EapServer(
            sa.remoteId().data(),
            auth.eapIdentity() != null,
            List.of(method(turn, auth)),
            sa.host.random());
  }

  private ServerMethod method(Turn turn, Authentication auth) throws RefusedException {
    return auth.method() == Authentication.Method.EAP_TLS
        ? new EapTlsServer(EapTlsEnds.setup(sa, turn, sa.remoteId()))
        : new MsChapV2Server(
            sa.localId().toString(), sa.host.keyring()::eapPassword, sa.host.random());
  }

  /** Whether both ends have proved themselves to EAP. */
  boolean finished() {
    return msk != null;
  }

  /** The key that EAP has made. */
  Secret msk() {
    return Objects.requireNonNull(msk);
  }

  void begin(Turn turn, Draft response) throws RefusedException {
    step(turn, server.begin(), response);
  }

  void answer(Turn turn, Message request, Draft response) throws RefusedException {
    EapPayload payload = request.first(EapPayload.class);
    if (payload == null) {
      throw new RefusedException(NotifyType.AUTHENTICATION_FAILED, "the peer leaves EAP half way");
    }
    step(turn, server.onPacket(payload.packet()), response);
  }

  private void step(Turn turn, EapStep step, Draft response) throws RefusedException {
    switch (step) {
      case EapStep.Send send -> response.add(new EapPayload(send.packet()));
      case EapStep.Success success -> {
        msk = success.msk();
        response.add(new EapPayload(success.packet()));
        sa.log(turn, "EAP has succeeded");
      }
      case EapStep.Failure failure -> {
        // told in EAP's own words; the IKE SA ends with the response
        sa.log(turn, failure.reason());
        response.add(new EapPayload(failure.packet()));
        sa.endsWithResponse(failure.reason());
      }
    }
  }
}
