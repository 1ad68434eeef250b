package org.larval.ike.eap;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Verdict;
import org.larval.ike.message.Octets;

/** Believes what {@link org.larval.ike.auth.CertificateChecks} believes, at the time passed in. */
final class TlsTrust extends X509ExtendedTrustManager {
  private final TlsSetup setup;
  private @Nullable String refusal;

  TlsTrust(TlsSetup setup) {
    this.setup = setup;
  }

  /** The sentence that a refusal gave, or null. */
  @Nullable String refusal() {
    return refusal;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    try {
      List<Certificate> shown = new ArrayList<>();
      for (X509Certificate one : chain) {
        shown.add(Certificate.of(Octets.of(one.getEncoded())));
      }
      Certificate leaf = shown.getFirst();
      Identity who = setup.other().kind() == Identity.ANY ? leaf.subject() : setup.other();
      Verdict verdict =
          setup
              .checks()
              .check(who, leaf, shown.subList(1, shown.size()), List.of(), List.of(), setup.now());
      if (verdict instanceof Verdict.Refused refused) {
        refusal = refused.reason();
        throw new CertificateException(refusal);
      }
    } catch (CredentialException e) {
      refusal = e.getMessage();
      throw new CertificateException(refusal, e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
