package org.larval.ike.auth;

import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLEntryHolder;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/** Whether a certificate is revoked, out of lists (RFC 5280) and OCSP responses (RFC 6960). */
enum RevocationStatus {
  /** Its issuer says at this time that it is not. */
  GOOD,
  /** It is. */
  REVOKED,
  /** Nothing valid speaks of it. */
  UNKNOWN;

  /**
   * Looks through everything given; a REVOKED anywhere wins.
   *
   * @param lists in DER
   * @param responses OCSP responses in DER, as CERT payloads of encoding 14 carry them
   */
  static RevocationStatus of(
      Certificate subject,
      Certificate issuer,
      List<Octets> lists,
      List<Octets> responses,
      Instant now) {
    RevocationStatus status = UNKNOWN;
    for (Octets list : lists) {
      status = worse(status, byList(subject, issuer, list, now));
    }
    for (Octets response : responses) {
      status = worse(status, byResponse(subject, issuer, response, now));
    }
    return status;
  }

  private static RevocationStatus worse(RevocationStatus one, RevocationStatus two) {
    return one == REVOKED || two == REVOKED ? REVOKED : one == GOOD ? GOOD : two;
  }

  private static RevocationStatus byList(
      Certificate subject, Certificate issuer, Octets encoded, Instant now) {
    try {
      X509CRLHolder list = new X509CRLHolder(encoded.toArray());
      if (!list.getIssuer().equals(issuer.holder().getSubject())
          || !mayIssueLists(issuer.holder())
          || !holds(list, issuer)) {
        return UNKNOWN;
      }
      X509CRLEntryHolder entry = list.getRevokedCertificate(subject.holder().getSerialNumber());
      boolean removed = entry != null && reason(entry) == 8;
      if (entry != null && !removed) {
        // a revocation does not lapse with the list that tells of it
        return REVOKED;
      }
      Date next = list.getNextUpdate();
      boolean current = current(list.getThisUpdate(), next, now);
      // a list for some reasons or kinds of certificates only, or of changes, proves no innocence
      boolean whole =
          list.getExtension(Extension.deltaCRLIndicator) == null
              && list.getExtension(Extension.issuingDistributionPoint) == null;
      return current && whole ? GOOD : UNKNOWN;
    } catch (Exception e) {
      return UNKNOWN;
    }
  }

  private static boolean current(Date from, @Nullable Date next, Instant now) {
    return !now.isBefore(from.toInstant()) && (next == null || !now.isAfter(next.toInstant()));
  }

  private static boolean holds(X509CRLHolder list, Certificate issuer) throws Exception {
    CertificateList signed = list.toASN1Structure();
    return Signatures.holds(
        signed.getSignatureAlgorithm(),
        signed.getTBSCertList().getEncoded(ASN1Encoding.DER),
        signed.getSignature().getOctets(),
        issuer.key());
  }

  private static boolean holds(BasicOCSPResp response, Certificate signer) throws Exception {
    return Signatures.holds(
        response.getSignatureAlgorithmID(),
        response.getTBSResponseData(),
        response.getSignature(),
        signer.key());
  }

  private static int reason(X509CRLEntryHolder entry) {
    Extension extension = entry.hasExtensions() ? entry.getExtension(Extension.reasonCode) : null;
    return extension == null
        ? 0
        : org.bouncycastle.asn1.ASN1Enumerated.getInstance(extension.getParsedValue())
            .getValue()
            .intValue();
  }

  private static boolean mayIssueLists(X509CertificateHolder issuer) {
    KeyUsage usage = KeyUsage.fromExtensions(issuer.getExtensions());
    return usage == null || usage.hasUsages(KeyUsage.cRLSign);
  }

  private static RevocationStatus byResponse(
      Certificate subject, Certificate issuer, Octets encoded, Instant now) {
    try {
      OCSPResp response = new OCSPResp(encoded.toArray());
      if (response.getStatus() != OCSPResp.SUCCESSFUL
          || !(response.getResponseObject() instanceof BasicOCSPResp basic)
          || !signedFor(issuer, basic, now)) {
        return UNKNOWN;
      }
      for (SingleResp one : basic.getResponses()) {
        if (speaksOf(one.getCertID(), subject, issuer)) {
          @Nullable CertificateStatus status = one.getCertStatus();
          if (status instanceof RevokedStatus) {
            return REVOKED;
          }
          Date next = one.getNextUpdate();
          // the library says null for good
          return current(one.getThisUpdate(), next, now) && status == null ? GOOD : UNKNOWN;
        }
      }
      return UNKNOWN;
    } catch (Exception e) {
      return UNKNOWN;
    }
  }

  private static boolean speaksOf(CertificateID id, Certificate subject, Certificate issuer)
      throws Exception {
    return id.getSerialNumber().equals(subject.holder().getSerialNumber())
        && id.matchesIssuer(issuer.holder(), new BcDigestCalculatorProvider());
  }

  /** By the issuer itself, or by whom it certified for this (RFC 6960 section 4.2.2.2). */
  private static boolean signedFor(Certificate issuer, BasicOCSPResp basic, Instant now)
      throws Exception {
    if (holds(basic, issuer)) {
      return true;
    }
    for (X509CertificateHolder holder : basic.getCerts()) {
      Certificate responder = Certificate.of(Octets.of(holder.getEncoded()));
      ExtendedKeyUsage usage = ExtendedKeyUsage.fromExtensions(holder.getExtensions());
      if (usage != null
          && usage.hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning)
          && responder.issuedBy(issuer)
          && responder.validAt(Date.from(now))
          && holds(basic, responder)) {
        return true;
      }
    }
    return false;
  }
}
