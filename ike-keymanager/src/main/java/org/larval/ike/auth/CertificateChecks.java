package org.larval.ike.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/**
 * Decides whether a peer's certificate is believed (RFC 5280 as RFC 4945 profiles it for IKE): a
 * chain to a trust anchor, valid at the time that is passed in, allowed for IKE, naming the peer's
 * identity, not revoked. Certificates by hash and URL are not fetched.
 */
public final class CertificateChecks {
  private static final int MAX_CHAIN = 16;
  private static final int MAX_TRIES = 256;

  /** RFC 4945 section 5.1.3.12, and what certificates for TLS servers and clients carry. */
  private static final Set<KeyPurposeId> PURPOSES =
      Set.of(
          KeyPurposeId.anyExtendedKeyUsage,
          KeyPurposeId.id_kp_ipsecIKE,
          KeyPurposeId.id_kp_serverAuth,
          KeyPurposeId.id_kp_clientAuth,
          KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.8.2.2")));

  /** Extensions whose meaning is checked here, or which forbid nothing unless critical. */
  private static final Set<ASN1ObjectIdentifier> UNDERSTOOD =
      Set.of(
          Extension.basicConstraints,
          Extension.keyUsage,
          Extension.extendedKeyUsage,
          Extension.subjectAlternativeName,
          Extension.subjectKeyIdentifier,
          Extension.authorityKeyIdentifier);

  private static final Set<ASN1ObjectIdentifier> CONSTRAINTS =
      Set.of(
          Extension.nameConstraints,
          Extension.policyConstraints,
          Extension.policyMappings,
          Extension.inhibitAnyPolicy);

  private final List<Certificate> anchors;
  private final List<Octets> lists;
  private final Revocation revocation;
  private final SignatureRules rules;

  /**
   * With what is trusted.
   *
   * @param anchors authorities; a peer's own certificate among them is trusted as it is
   * @param lists revocation lists in DER
   */
  public CertificateChecks(
      List<Certificate> anchors, List<Octets> lists, Revocation revocation, SignatureRules rules) {
    this.anchors = List.copyOf(anchors);
    this.lists = List.copyOf(lists);
    this.revocation = revocation;
    this.rules = rules;
  }

  /** The authorities. */
  public List<Certificate> anchors() {
    return anchors;
  }

  /**
   * Looks at what a peer showed.
   *
   * @param identity of its ID payload
   * @param leaf its first CERT payload
   * @param intermediates its other ones, in any order
   * @param moreLists revocation lists it sent (encoding 7)
   * @param responses OCSP responses it sent (encoding 14)
   * @param now the time of day
   */
  public Verdict check(
      Identity identity,
      Certificate leaf,
      List<Certificate> intermediates,
      List<Octets> moreLists,
      List<Octets> responses,
      Instant now) {
    try {
      checkLeaf(identity, leaf);
      List<Certificate> chain = chain(leaf, intermediates, Date.from(now));
      checkKeySizes(chain);
      checkTimes(chain, now);
      checkAuthorities(chain);
      validate(chain, now);
      checkRevocation(chain, moreLists, responses, now);
      return new Verdict.Trusted(chain);
    } catch (CredentialException e) {
      String reason = e.getMessage();
      return new Verdict.Refused(reason == null ? "the certificate is refused" : reason);
    } catch (RuntimeException e) {
      // parsers meet what an attacker wrote
      return new Verdict.Refused("the certificate is malformed");
    }
  }

  private static void checkLeaf(Identity identity, Certificate leaf) throws CredentialException {
    if (!names(leaf, identity)) {
      throw new CredentialException(
          "the certificate of " + leaf + " does not name the identity " + identity);
    }
    KeyUsage usage = KeyUsage.fromExtensions(leaf.holder().getExtensions());
    if (usage != null
        && !usage.hasUsages(KeyUsage.digitalSignature)
        && !usage.hasUsages(KeyUsage.nonRepudiation)) {
      throw new CredentialException(
          "the key usage of the certificate of " + leaf + " does not allow signatures");
    }
    ExtendedKeyUsage purposes = ExtendedKeyUsage.fromExtensions(leaf.holder().getExtensions());
    if (purposes != null && PURPOSES.stream().noneMatch(purposes::hasKeyPurposeId)) {
      throw new CredentialException(
          "the extended key usage of the certificate of " + leaf + " does not allow IKE");
    }
  }

  /**
   * Whether a certificate names an identity: its subject for a distinguished name, its
   * subjectAltName for names and addresses, its subject key identifier for a key id.
   */
  public static boolean names(Certificate certificate, Identity identity) {
    X509CertificateHolder holder = certificate.holder();
    if (identity.kind() == Identity.DER_ASN1_DN) {
      return certificate.subject().matches(identity) == Identity.PERFECT
          && identity.matches(certificate.subject()) == Identity.PERFECT;
    }
    if (identity.kind() == Identity.KEY_ID) {
      SubjectKeyIdentifier key = SubjectKeyIdentifier.fromExtensions(holder.getExtensions());
      return key != null && Octets.of(key.getKeyIdentifier()).equals(identity.data());
    }
    GeneralNames names =
        GeneralNames.fromExtensions(holder.getExtensions(), Extension.subjectAlternativeName);
    if (names == null) {
      return false;
    }
    for (GeneralName name : names.getNames()) {
      if (isSame(name, identity)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(GeneralName name, Identity identity) {
    String text = new String(identity.data().toArray(), StandardCharsets.UTF_8);
    return switch (name.getTagNo()) {
      case GeneralName.dNSName ->
          identity.kind() == Identity.FQDN && sameText(name.getName().toString(), text);
      case GeneralName.rfc822Name ->
          identity.kind() == Identity.RFC822_ADDR && sameText(name.getName().toString(), text);
      case GeneralName.iPAddress ->
          (identity.kind() == Identity.IPV4_ADDR || identity.kind() == Identity.IPV6_ADDR)
              && Octets.of(ASN1OctetString.getInstance(name.getName()).getOctets())
                  .equals(identity.data());
      default -> false;
    };
  }

  private static boolean sameText(String one, String two) {
    return one.toLowerCase(Locale.ROOT).equals(two.toLowerCase(Locale.ROOT));
  }

  /** From the leaf to an anchor; of several ways the first that is valid at the time. */
  private List<Certificate> chain(Certificate leaf, List<Certificate> intermediates, Date now)
      throws CredentialException {
    if (anchors.contains(leaf)) {
      return List.of(leaf);
    }
    Search search = new Search(intermediates, now);
    search.extend(new ArrayList<>(List.of(leaf)));
    List<Certificate> found = search.valid != null ? search.valid : search.other;
    if (found != null) {
      return found;
    }
    throw new CredentialException(
        "no chain leads from the certificate of "
            + leaf
            + ", issued by "
            + DistinguishedName.identity(leaf.holder().getIssuer())
            + ", to a trusted authority");
  }

  /** Depth first, bounded, because a peer may send certificates that sign each other. */
  private final class Search {
    private final List<Certificate> intermediates;
    private final Date now;
    private @Nullable List<Certificate> valid;
    private @Nullable List<Certificate> other;
    private int tries;

    private Search(List<Certificate> intermediates, Date now) {
      this.intermediates = intermediates;
      this.now = now;
    }

    private void extend(List<Certificate> chain) {
      Certificate last = chain.getLast();
      for (Certificate anchor : anchors) {
        if (valid == null && tries++ < MAX_TRIES && last.issuedBy(anchor)) {
          List<Certificate> whole = new ArrayList<>(chain);
          whole.add(anchor);
          if (whole.stream().allMatch(one -> one.validAt(now))) {
            valid = whole;
          } else if (other == null) {
            other = whole;
          }
        }
      }
      for (Certificate next : intermediates) {
        if (valid == null
            && chain.size() < MAX_CHAIN
            && tries++ < MAX_TRIES
            && !chain.contains(next)
            && !anchors.contains(next)
            && last.issuedBy(next)) {
          chain.add(next);
          extend(chain);
          chain.removeLast();
        }
      }
    }
  }

  private void checkKeySizes(List<Certificate> chain) throws CredentialException {
    for (Certificate one : chain) {
      if (one.key().key() instanceof RSAKeyParameters rsa
          && rsa.getModulus().bitLength() < rules.minimumRsaBits()) {
        throw new CredentialException(
            "the RSA key of "
                + one
                + " has "
                + rsa.getModulus().bitLength()
                + " bits, fewer than "
                + rules.minimumRsaBits());
      }
    }
  }

  private static void checkTimes(List<Certificate> chain, Instant now) throws CredentialException {
    for (Certificate one : chain) {
      Instant from = one.holder().getNotBefore().toInstant();
      Instant to = one.holder().getNotAfter().toInstant();
      if (now.isBefore(from)) {
        throw new CredentialException(
            "the certificate of " + one + " is not valid before " + from + ", now is " + now);
      }
      if (now.isAfter(to)) {
        throw new CredentialException(
            "the certificate of " + one + " expired at " + to + ", now is " + now);
      }
    }
  }

  /** What the path validation checks again, for the sake of a plain sentence. */
  private static void checkAuthorities(List<Certificate> chain) throws CredentialException {
    int below = 0;
    for (int at = 1; at < chain.size(); at++) {
      Certificate issuer = chain.get(at);
      BasicConstraints constraints =
          BasicConstraints.fromExtensions(issuer.holder().getExtensions());
      boolean oldAnchor = at == chain.size() - 1 && issuer.holder().getVersionNumber() == 1;
      if (!oldAnchor && (constraints == null || !constraints.isCA())) {
        throw new CredentialException(
            "the certificate of " + issuer + " is no authority but signed another one");
      }
      if (constraints != null
          && constraints.getPathLenConstraint() != null
          && constraints.getPathLenConstraint().longValue() < below) {
        throw new CredentialException(
            "the path length of the authority " + issuer + " is exceeded");
      }
      KeyUsage usage = KeyUsage.fromExtensions(issuer.holder().getExtensions());
      if (usage != null && !usage.hasUsages(KeyUsage.keyCertSign)) {
        throw new CredentialException(
            "the key usage of the authority " + issuer + " does not allow it to sign certificates");
      }
      if (!issuer.selfIssued()) {
        below++;
      }
    }
  }

  /** Whether a chain has nothing that asks for the whole algorithm of RFC 5280 section 6. */
  private static boolean plain(List<Certificate> chain) {
    for (Certificate one : chain) {
      for (Object critical : one.holder().getCriticalExtensionOIDs()) {
        if (!(critical instanceof ASN1ObjectIdentifier oid) || !UNDERSTOOD.contains(oid)) {
          return false;
        }
      }
      for (Object other : one.holder().getNonCriticalExtensionOIDs()) {
        if (other instanceof ASN1ObjectIdentifier oid && CONSTRAINTS.contains(oid)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The rest of RFC 5280: name constraints, policies, unknown critical extensions. */
  private static void validate(List<Certificate> chain, Instant now) throws CredentialException {
    if (chain.size() == 1 || plain(chain)) {
      return;
    }
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509", BouncyCastle.PROVIDER);
      List<X509Certificate> path = new ArrayList<>();
      for (Certificate one : chain) {
        path.add(
            (X509Certificate)
                factory.generateCertificate(
                    new java.io.ByteArrayInputStream(one.encoded().toArray())));
      }
      X509Certificate anchor = path.removeLast();
      CertPath certPath = factory.generateCertPath(path);
      byte[] constraints = anchor.getExtensionValue(Extension.nameConstraints.getId());
      TrustAnchor trust =
          new TrustAnchor(
              anchor,
              constraints == null ? null : ASN1OctetString.getInstance(constraints).getOctets());
      PKIXParameters parameters = new PKIXParameters(Set.of(trust));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      CertPathValidator.getInstance("PKIX", BouncyCastle.PROVIDER).validate(certPath, parameters);
    } catch (GeneralSecurityException e) {
      throw new CredentialException(
          "the chain of the certificate of " + chain.getFirst() + " is not valid: " + why(e));
    }
  }

  private static String why(Throwable e) {
    String message = e.getMessage();
    String line = message == null ? e.getClass().getSimpleName() : message;
    return line.replaceAll("\\p{Cntrl}", " ").strip();
  }

  private void checkRevocation(
      List<Certificate> chain, List<Octets> moreLists, List<Octets> responses, Instant now)
      throws CredentialException {
    List<Octets> all = new ArrayList<>(lists);
    all.addAll(moreLists);
    for (int at = 0; at + 1 < chain.size(); at++) {
      Certificate subject = chain.get(at);
      RevocationStatus status =
          RevocationStatus.of(subject, chain.get(at + 1), all, responses, now);
      if (status == RevocationStatus.REVOKED) {
        throw new CredentialException("the certificate of " + subject + " is revoked");
      }
      if (status == RevocationStatus.UNKNOWN && revocation == Revocation.STRICT) {
        throw new CredentialException(
            "nothing current says that the certificate of " + subject + " is not revoked");
      }
    }
  }
}
