package org.larval.ike.eap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Verdict;
import org.larval.ike.message.Octets;

/** Believes what {@link org.larval.ike.auth.CertificateChecks} believes, at the time passed in. */
final class TlsTrust {
  private final TlsSetup setup;
  private @Nullable String refusal;
  private boolean believed;

  TlsTrust(TlsSetup setup) {
    this.setup = setup;
  }

  /** The sentence that a refusal gave, or null. */
  @Nullable String refusal() {
    return refusal;
  }

  /** Whether the other end has shown a certificate that is believed. */
  boolean believed() {
    return believed;
  }

  /** Ends the handshake with an alert if the certificate is not believed. */
  void check(org.bouncycastle.tls.@Nullable Certificate chain) throws IOException {
    if (chain == null || chain.isEmpty()) {
      throw refused(AlertDescription.bad_certificate, "the other end shows no certificate");
    }
    try {
      List<Certificate> shown = new ArrayList<>();
      for (TlsCertificate one : chain.getCertificateList()) {
        shown.add(Certificate.of(Octets.of(one.getEncoded())));
      }
      Certificate leaf = shown.getFirst();
      Identity who = setup.other().kind() == Identity.ANY ? leaf.subject() : setup.other();
      Verdict verdict =
          setup
              .checks()
              .check(who, leaf, shown.subList(1, shown.size()), List.of(), List.of(), setup.now());
      if (verdict instanceof Verdict.Refused refused) {
        throw refused(AlertDescription.certificate_unknown, refused.reason());
      }
      believed = true;
    } catch (CredentialException e) {
      throw refused(AlertDescription.bad_certificate, String.valueOf(e.getMessage()));
    }
  }

  private TlsFatalAlert refused(short alert, String why) {
    refusal = why;
    return new TlsFatalAlert(alert, why);
  }
}
