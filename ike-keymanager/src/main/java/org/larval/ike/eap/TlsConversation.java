package org.larval.ike.eap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.DoorRandom;
import org.larval.ike.crypto.Secret;

/** A TLS handshake without a connection: records in, records out, a key at the end. */
final class TlsConversation {
  private static final int MAX_STEPS = 1000;

  private final SSLEngine engine;
  private final TlsTrust trust;
  private final boolean server;
  private ByteBuffer inbound = ByteBuffer.allocate(0);
  private final ByteArrayOutputStream outbound = new ByteArrayOutputStream();
  private final ByteBuffer application;
  private boolean finished;
  private boolean committed;
  private @Nullable String failure;

  TlsConversation(TlsSetup setup, boolean server) throws EapException {
    this.server = server;
    this.trust = new TlsTrust(setup);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          new TlsIdentity[] {new TlsIdentity(setup)},
          new TrustManager[] {trust},
          DoorRandom.of(setup.random()));
      engine = context.createSSLEngine();
    } catch (GeneralSecurityException e) {
      throw new EapException("our key and certificate do not serve TLS");
    }
    engine.setUseClientMode(!server);
    if (server) {
      engine.setNeedClientAuth(true);
    }
    engine.setEnabledProtocols(setup.versions().toArray(new String[0]));
    engine.setEnabledCipherSuites(
        Stream.of(engine.getSupportedCipherSuites())
            .filter(TlsConversation::sound)
            .toArray(String[]::new));
    application = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
  }

  /** AEAD with forward secrecy. */
  private static boolean sound(String suite) {
    boolean aead = suite.contains("_GCM_") || suite.contains("_CHACHA20_POLY1305_");
    return aead
        && (suite.startsWith("TLS_ECDHE_")
            || suite.startsWith("TLS_AES_")
            || suite.startsWith("TLS_CHACHA20_"));
  }

  /** Takes records, gives the records to send; {@link #failure} tells when it has ended. */
  byte[] feed(byte[] records) {
    byte[] all = new byte[inbound.remaining() + records.length];
    int kept = inbound.remaining();
    inbound.get(all, 0, kept);
    System.arraycopy(records, 0, all, kept, records.length);
    inbound = ByteBuffer.wrap(all);
    try {
      run();
      if (finished && server && !committed && isTls13()) {
        // RFC 9190 section 2.1.1: no more handshake messages will come
        committed = true;
        wrap(ByteBuffer.wrap(new byte[1]));
      }
    } catch (SSLException | RuntimeException e) {
      fail(e);
    }
    byte[] out = outbound.toByteArray();
    outbound.reset();
    return out;
  }

  private void fail(Exception e) {
    String refusal = trust.refusal();
    String message = e.getMessage();
    failure =
        refusal != null
            ? refusal
            : "TLS failed: " + (message == null ? e.getClass().getSimpleName() : message);
    try {
      // what is left to say is an alert
      for (int step = 0; step < 4 && !engine.isOutboundDone(); step++) {
        if (wrap(ByteBuffer.allocate(0)).bytesProduced() == 0) {
          return;
        }
      }
    } catch (SSLException | RuntimeException ignored) {
      return;
    }
  }

  private boolean isTls13() {
    return engine.getSession().getProtocol().equals("TLSv1.3");
  }

  private void run() throws SSLException {
    for (int step = 0; step < MAX_STEPS; step++) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
      } else if (status == HandshakeStatus.NEED_WRAP) {
        wrap(ByteBuffer.allocate(0));
      } else if (!inbound.hasRemaining() && status != HandshakeStatus.NEED_UNWRAP_AGAIN) {
        if (status == HandshakeStatus.NOT_HANDSHAKING && !finished) {
          engine.beginHandshake();
        } else {
          return;
        }
      } else if (!unwrap()) {
        return;
      }
    }
    throw new SSLException("no end");
  }

  private boolean unwrap() throws SSLException {
    application.clear();
    SSLEngineResult result = engine.unwrap(inbound, application);
    see(result);
    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
      throw new SSLException("the other end closed");
    }
    return result.getStatus() == SSLEngineResult.Status.OK;
  }

  private SSLEngineResult wrap(ByteBuffer data) throws SSLException {
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(data, record);
    outbound.write(record.array(), 0, record.position());
    see(result);
    return result;
  }

  private void see(SSLEngineResult result) {
    finished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
  }

  /** Whether the handshake is complete at this end. */
  boolean finished() {
    return finished && failure == null;
  }

  /** Why it ended before, or null. */
  @Nullable String failure() {
    return failure;
  }

  /** The MSK (RFC 5216 section 2.3, RFC 9190 section 2.3). */
  Secret msk() throws EapException {
    try {
      if (!(engine.getSession() instanceof ExtendedSSLSession session)) {
        throw new EapException("TLS gives no key");
      }
      byte[] material =
          isTls13()
              ? session.exportKeyingMaterialData(
                  "EXPORTER_EAP_TLS_Key_Material", new byte[] {EapTls.TYPE}, 128)
              : session.exportKeyingMaterialData("client EAP encryption", null, 128);
      Secret msk = Secret.taking(Arrays.copyOf(material, 64));
      Arrays.fill(material, (byte) 0);
      return msk;
    } catch (SSLException e) {
      throw new EapException("TLS gives no key");
    }
  }
}
