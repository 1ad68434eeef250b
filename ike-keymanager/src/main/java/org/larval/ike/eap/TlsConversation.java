package org.larval.ike.eap;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.DoorRandom;
import org.larval.ike.crypto.Secret;

/** A TLS handshake without a connection: records in, records out, a key at the end. */
final class TlsConversation {
  private static final int MSK = 64;

  private final TlsProtocol protocol;
  private final TlsTrust trust;
  private final TlsEnds.Result result = new TlsEnds.Result();
  private final boolean server;
  private boolean committed;
  private @Nullable String failure;

  TlsConversation(TlsSetup setup, boolean server) throws EapException {
    this.server = server;
    this.trust = new TlsTrust(setup);
    TlsEnds.Crypto crypto = new TlsEnds.Crypto(DoorRandom.of(setup.random()));
    try {
      TlsIdentity identity = new TlsIdentity(setup, crypto);
      if (server) {
        TlsServerProtocol serving = new TlsServerProtocol();
        protocol = serving;
        serving.accept(new TlsEnds.Server(setup, crypto, identity, trust, result));
      } else {
        TlsClientProtocol calling = new LenientTlsClient();
        protocol = calling;
        calling.connect(new TlsEnds.Client(setup, crypto, identity, trust, result));
      }
    } catch (IOException | RuntimeException e) {
      throw new EapException("our key and certificate do not serve TLS");
    }
  }

  /** Takes records, gives the records to send; {@link #failure} tells when it has ended. */
  byte[] feed(byte[] records) {
    try {
      protocol.offerInput(records);
      if (protocol.isClosed()) {
        throw new IOException("the other end closed");
      }
      if (result.material() != null && server && !committed && result.tls13()) {
        // RFC 9190 section 2.1.1: no more handshake messages will come
        committed = true;
        protocol.writeApplicationData(new byte[1], 0, 1);
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    byte[] out = new byte[protocol.getAvailableOutputBytes()];
    int written = protocol.readOutput(out, 0, out.length);
    return Arrays.copyOf(out, written);
  }

  /** What is left to say is an alert, which the library has written already. */
  private void fail(Exception e) {
    String refusal = trust.refusal();
    String message = e.getMessage();
    String cause = message == null ? e.getClass().getSimpleName() : message;
    failure =
        refusal != null
            ? refusal
            : e instanceof TlsFatalAlertReceived
                ? "TLS failed: the other end says " + cause
                : "TLS failed: " + cause;
  }

  /** Whether the handshake is complete at this end. */
  boolean finished() {
    return result.material() != null && trust.believed() && failure == null;
  }

  /** Why it ended before, or null. */
  @Nullable String failure() {
    return failure;
  }

  /** The MSK (RFC 5216 section 2.3, RFC 9190 section 2.3). */
  Secret msk() throws EapException {
    byte[] material = result.material();
    if (material == null || !finished()) {
      throw new EapException("TLS gives no key");
    }
    return Secret.taking(Arrays.copyOf(material, MSK));
  }
}
