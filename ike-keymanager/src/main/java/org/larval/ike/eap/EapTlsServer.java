package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** EAP-TLS of the TLS server (RFC 5216, RFC 9190); the peer must show a certificate. */
public final class EapTlsServer implements ServerMethod {
  private final TlsSetup setup;
  private final EapTls packets;
  private @Nullable TlsConversation conversation;
  private @Nullable Secret msk;

  /** For one conversation. */
  public EapTlsServer(TlsSetup setup) {
    this.setup = setup;
    this.packets = new EapTls(setup.fragmentSize());
  }

  @Override
  public int type() {
    return EapTls.TYPE;
  }

  @Override
  public Octets begin(Octets identity) throws EapException {
    conversation = new TlsConversation(setup, true);
    return Octets.number(EapTls.START, 1);
  }

  @Override
  public @Nullable Octets next(Octets data) throws EapException {
    TlsConversation tls = conversation;
    if (tls == null) {
      throw new EapException("EAP-TLS has not begun");
    }
    byte[] message = packets.receive(data);
    if (message == null) {
      return EapTls.empty();
    }
    if (packets.sending()) {
      if (message.length > 0) {
        throw new EapException("the peer does not wait for the rest of our TLS message");
      }
      return packets.fragment();
    }
    String failure = tls.failure();
    if (failure != null) {
      // the alert has been sent and acknowledged
      throw new EapException(failure);
    }
    if (tls.finished() && message.length == 0) {
      msk = tls.msk();
      return null;
    }
    byte[] answer = tls.feed(message);
    failure = tls.failure();
    if (answer.length == 0 && failure != null) {
      throw new EapException(failure);
    }
    if (answer.length == 0 && !tls.finished()) {
      throw new EapException("the peer's TLS message leads nowhere");
    }
    return packets.send(answer);
  }

  @Override
  public @Nullable Secret msk() {
    return msk;
  }
}
