package org.larval.ike.eap;

import java.io.IOException;
import java.util.List;
import java.util.Vector;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.SignatureScheme;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** Our one key and chain, whoever asks, and the algorithms that go with them. */
final class TlsIdentity {
  private static final List<Integer> RSA =
      List.of(
          SignatureScheme.rsa_pss_rsae_sha256,
          SignatureScheme.rsa_pss_rsae_sha384,
          SignatureScheme.rsa_pss_rsae_sha512,
          SignatureScheme.rsa_pkcs1_sha256,
          SignatureScheme.rsa_pkcs1_sha384,
          SignatureScheme.rsa_pkcs1_sha512);
  private static final List<Integer> ECDSA =
      List.of(
          SignatureScheme.ecdsa_secp256r1_sha256,
          SignatureScheme.ecdsa_secp384r1_sha384,
          SignatureScheme.ecdsa_secp521r1_sha512);
  private static final List<Integer> EDWARDS =
      List.of(SignatureScheme.ed25519, SignatureScheme.ed448);

  /** AEAD with forward secrecy, best first. */
  private static final int[] TLS13 = {
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256
  };

  private static final int[] BY_ECDSA = {
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  };

  private static final int[] BY_RSA = {
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  };

  private final BcTlsCrypto crypto;
  private final AsymmetricKeyParameter key;
  private final TlsCertificate[] chain;
  private final boolean rsa;
  private final List<Integer> schemes;

  TlsIdentity(TlsSetup setup, BcTlsCrypto crypto) throws IOException {
    this.crypto = crypto;
    key = PrivateKeyFactory.createKey(setup.key().toPkcs8());
    chain = new TlsCertificate[setup.chain().size()];
    for (int at = 0; at < chain.length; at++) {
      chain[at] = crypto.createCertificate(setup.chain().get(at).encoded().toArray());
    }
    String kind = setup.key().publicKey().kind();
    rsa = kind.equals("RSA");
    schemes = rsa ? RSA : kind.equals("ECDSA") ? ECDSA : EDWARDS;
  }

  /** Suites that a client may have; which key the server has is its own affair. */
  static int[] clientSuites() {
    return joined(TLS13, BY_ECDSA, BY_RSA);
  }

  /** Suites for our key. */
  int[] serverSuites() {
    return joined(TLS13, rsa ? BY_RSA : BY_ECDSA);
  }

  private static int[] joined(int[]... all) {
    return Stream.of(all).flatMapToInt(IntStream::of).toArray();
  }

  /** Signatures that are believed: no SHA-1, no DSA. */
  @SuppressWarnings("JdkObsolete") // the library wants it so
  static Vector<SignatureAndHashAlgorithm> believed() {
    Vector<SignatureAndHashAlgorithm> all = new Vector<>();
    for (List<Integer> some : List.of(EDWARDS, ECDSA, RSA)) {
      for (int scheme : some) {
        all.add(SignatureScheme.getSignatureAndHashAlgorithm(scheme));
      }
    }
    return all;
  }

  /**
   * What signs for us.
   *
   * @param request context of the certificate request in TLS 1.3, empty for a server
   * @param wanted what the other end believes; null if it has not said
   */
  TlsCredentials credentials(TlsContext context, byte[] request, @Nullable Vector<?> wanted)
      throws IOException {
    boolean tls13 = TlsUtils.isTLSv13(context);
    for (int scheme : schemes) {
      SignatureAndHashAlgorithm algorithm = SignatureScheme.getSignatureAndHashAlgorithm(scheme);
      boolean serves =
          !tls13 || (!SignatureScheme.getName(scheme).startsWith("rsa_pkcs1") && curveFits(scheme));
      if (serves && (wanted == null || wanted.contains(algorithm))) {
        return new BcDefaultTlsCredentialedSigner(
            new TlsCryptoParameters(context), crypto, key, certificate(tls13, request), algorithm);
      }
    }
    throw new TlsFatalAlert(
        AlertDescription.handshake_failure, "the other end believes no signature of our key");
  }

  /** TLS 1.3 binds the hash to the curve, and Edwards keys are of one kind anyway. */
  private boolean curveFits(int scheme) throws IOException {
    return rsa
        || chain[0].supportsSignatureAlgorithm(SignatureScheme.getSignatureAlgorithm(scheme));
  }

  private Certificate certificate(boolean tls13, byte[] request) {
    if (!tls13) {
      return new Certificate(chain);
    }
    CertificateEntry[] entries = new CertificateEntry[chain.length];
    for (int at = 0; at < chain.length; at++) {
      entries[at] = new CertificateEntry(chain[at], null);
    }
    return new Certificate(request, entries);
  }
}
