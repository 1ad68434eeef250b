package org.larval.ike.eap;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** EAP-TLS of the TLS client (RFC 5216, RFC 9190). */
public final class EapTlsPeer implements PeerMethod {
  private final TlsSetup setup;
  private final EapTls packets;
  private @Nullable TlsConversation conversation;
  private @Nullable Secret msk;

  /** For one conversation. */
  public EapTlsPeer(TlsSetup setup) {
    this.setup = setup;
    this.packets = new EapTls(setup.fragmentSize());
  }

  @Override
  public int type() {
    return EapTls.TYPE;
  }

  @Override
  public Octets respond(Octets data) throws EapException {
    TlsConversation tls = conversation;
    if (tls == null) {
      if (data.isEmpty() || (data.at(0) & EapTls.START) == 0) {
        throw new EapException("the server does not begin EAP-TLS");
      }
      tls = new TlsConversation(setup, false);
      conversation = tls;
      return packets.send(tls.feed(new byte[0]));
    }
    byte[] message = packets.receive(data);
    if (message == null) {
      return EapTls.empty();
    }
    if (packets.sending()) {
      if (message.length > 0) {
        throw new EapException("the server does not wait for the rest of our TLS message");
      }
      return packets.fragment();
    }
    if (tls.failure() != null) {
      return EapTls.empty();
    }
    byte[] answer = tls.feed(message);
    if (tls.finished() && msk == null) {
      msk = tls.msk();
    }
    return packets.send(answer);
  }

  @Override
  public @Nullable Secret msk() {
    return failure() == null && !packets.sending() ? msk : null;
  }

  @Override
  public @Nullable String failure() {
    return conversation == null ? null : conversation.failure();
  }
}
