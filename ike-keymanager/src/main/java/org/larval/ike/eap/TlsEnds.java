package org.larval.ike.eap;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Vector;
import java.util.stream.Stream;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SecurityParameters;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** Both roles of TLS as EAP-TLS has them: each shows a certificate, and a key comes of it. */
final class TlsEnds {
  private static final byte[] NOTHING = new byte[0];
  private static final int MATERIAL = 128;

  private TlsEnds() {}

  /** What becomes of a handshake. */
  static final class Result {
    private byte @Nullable [] material;
    private boolean tls13;

    /** Key material of both halves; null before the handshake is complete. */
    byte @Nullable [] material() {
      return material;
    }

    boolean tls13() {
      return tls13;
    }

    /** RFC 5216 section 2.3 and RFC 9190 section 2.3. */
    private void complete(TlsContext context) {
      tls13 = TlsUtils.isTLSv13(context);
      if (tls13) {
        material =
            context.exportKeyingMaterial(
                "EXPORTER_EAP_TLS_Key_Material", new byte[] {EapTls.TYPE}, MATERIAL);
        return;
      }
      // an exporter would insist on the extended master secret, which strongSwan does not know
      SecurityParameters parameters = context.getSecurityParametersConnection();
      byte[] client = parameters.getClientRandom();
      byte[] server = parameters.getServerRandom();
      byte[] seed = new byte[client.length + server.length];
      System.arraycopy(client, 0, seed, 0, client.length);
      System.arraycopy(server, 0, seed, client.length, server.length);
      material =
          TlsUtils.PRF(
                  parameters, parameters.getMasterSecret(), "client EAP encryption", seed, MATERIAL)
              .extract();
    }
  }

  /** Draws everything from one source; the library's own nonces count the time of day in. */
  static final class Crypto extends BcTlsCrypto {
    private final SecureRandom random;

    Crypto(SecureRandom random) {
      super(random);
      this.random = random;
    }

    @Override
    public TlsNonceGenerator createNonceGenerator(byte[] additionalSeedMaterial) {
      return size -> {
        byte[] nonce = new byte[size];
        random.nextBytes(nonce);
        return nonce;
      };
    }
  }

  private static ProtocolVersion[] versions(TlsSetup setup) {
    return Stream.of(ProtocolVersion.TLSv13, ProtocolVersion.TLSv12)
        .filter(
            one ->
                setup
                    .versions()
                    .contains(one.equals(ProtocolVersion.TLSv13) ? "TLSv1.3" : "TLSv1.2"))
        .toArray(ProtocolVersion[]::new);
  }

  /** The initiator's. */
  static final class Client extends DefaultTlsClient {
    private final TlsSetup setup;
    private final TlsIdentity identity;
    private final TlsTrust trust;
    private final Result result;

    Client(TlsSetup setup, Crypto crypto, TlsIdentity identity, TlsTrust trust, Result result) {
      super(crypto);
      this.setup = setup;
      this.identity = identity;
      this.trust = trust;
      this.result = result;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return versions(setup);
    }

    @Override
    protected int[] getSupportedCipherSuites() {
      return TlsIdentity.clientSuites();
    }

    @Override
    protected Vector<SignatureAndHashAlgorithm> getSupportedSignatureAlgorithms() {
      return TlsIdentity.believed();
    }

    @Override
    public TlsAuthentication getAuthentication() {
      return new TlsAuthentication() {
        @Override
        public void notifyServerCertificate(TlsServerCertificate certificate) throws IOException {
          trust.check(certificate.getCertificate());
        }

        @Override
        public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
          byte[] about = request.getCertificateRequestContext();
          return identity.credentials(
              context, about == null ? NOTHING : about, request.getSupportedSignatureAlgorithms());
        }
      };
    }

    /** There is one handshake and never another, whatever the other end says about it. */
    @Override
    public void notifySecureRenegotiation(boolean secure) {}

    @Override
    public void notifyHandshakeComplete() throws IOException {
      super.notifyHandshakeComplete();
      result.complete(context);
    }
  }

  /** The responder's. */
  static final class Server extends DefaultTlsServer {
    private final TlsSetup setup;
    private final TlsIdentity identity;
    private final TlsTrust trust;
    private final Result result;

    Server(TlsSetup setup, Crypto crypto, TlsIdentity identity, TlsTrust trust, Result result) {
      super(crypto);
      this.setup = setup;
      this.identity = identity;
      this.trust = trust;
      this.result = result;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return versions(setup);
    }

    @Override
    protected int[] getSupportedCipherSuites() {
      return identity.serverSuites();
    }

    @Override
    public TlsCredentials getCredentials() throws IOException {
      return identity.credentials(
          context, NOTHING, context.getSecurityParametersHandshake().getClientSigAlgs());
    }

    @Override
    public CertificateRequest getCertificateRequest() throws IOException {
      Vector<SignatureAndHashAlgorithm> believed = TlsIdentity.believed();
      return TlsUtils.isTLSv13(context)
          ? new CertificateRequest(NOTHING, believed, null, null)
          : new CertificateRequest(
              new short[] {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign},
              believed,
              null);
    }

    @Override
    public void notifyClientCertificate(Certificate certificate) throws IOException {
      trust.check(certificate);
    }

    /** There is one handshake and never another, whatever the other end says about it. */
    @Override
    public void notifySecureRenegotiation(boolean secure) {}

    @Override
    public void notifyHandshakeComplete() throws IOException {
      super.notifyHandshakeComplete();
      result.complete(context);
    }
  }
}
