package org.larval.ike.sa;

import java.time.Instant;
import java.util.List;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.auth.Revocation;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.eap.TlsSetup;
import org.larval.ike.message.NotifyType;

/** What EAP-TLS takes from an IKE SA: our key, whom we trust, who the other end must be. */
final class EapTlsEnds {
  private EapTlsEnds() {}

  static TlsSetup setup(IkeSa sa, Turn turn, Identity other) throws RefusedException {
    Keyring keyring = sa.host.keyring();
    List<Keyring.Own> keys =
        keyring.keys(sa.connection().localAuth().certificates()).stream()
            .filter(one -> !one.chain().isEmpty())
            .toList();
    if (keys.isEmpty()) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED, "there is no certificate for EAP-TLS");
    }
    return new TlsSetup(
        keys.getFirst().key(),
        keys.getFirst().chain(),
        new CertificateChecks(
            keyring.anchors(),
            keyring.revocations(),
            Revocation.RELAXED,
            SignatureRules.INTEROPERABLE),
        other,
        Instant.ofEpochMilli(sa.host.surroundings().date(turn.now())),
        sa.host.random(),
        TlsSetup.VERSIONS,
        TlsSetup.FRAGMENT_SIZE);
  }
}
