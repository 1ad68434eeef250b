package org.larval.ike.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/** An X.509 certificate; equal when every octet is. */
public final class Certificate {
  private final X509CertificateHolder holder;
  private final Octets encoded;
  private @Nullable VerificationKey key;

  private Certificate(X509CertificateHolder holder, Octets encoded) {
    this.holder = holder;
    this.encoded = encoded;
  }

  /**
   * From DER, the data of a CERT payload with encoding 4.
   *
   * @throws CredentialException when it is not a certificate
   */
  public static Certificate of(Octets der) throws CredentialException {
    try {
      return new Certificate(new X509CertificateHolder(der.toArray()), der);
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the certificate is not valid DER");
    }
  }

  /** The DER. */
  public Octets encoded() {
    return encoded;
  }

  /** Its subject as an identity. */
  public Identity subject() {
    return DistinguishedName.identity(holder.getSubject());
  }

  /** Whether its subject is its issuer. */
  public boolean selfIssued() {
    return holder.getSubject().equals(holder.getIssuer());
  }

  /** Whether another one names itself as it names its issuer; no signature is checked. */
  public boolean namesAsIssuer(Certificate other) {
    return holder.getIssuer().equals(other.holder.getSubject());
  }

  /**
   * The key it binds.
   *
   * @throws CredentialException when the key is of a kind that is not known
   */
  public VerificationKey key() throws CredentialException {
    if (key == null) {
      key = VerificationKey.of(spki());
    }
    return key;
  }

  /** Whether the key of another one signed it, and it names that one as its issuer. */
  boolean issuedBy(Certificate issuer) {
    try {
      return holder.getIssuer().equals(issuer.holder.getSubject())
          && Signatures.holds(
              holder.getSignatureAlgorithm(),
              holder.toASN1Structure().getTBSCertificate().getEncoded(ASN1Encoding.DER),
              holder.getSignature(),
              issuer.key());
    } catch (IOException | CredentialException | RuntimeException e) {
      return false;
    }
  }

  boolean validAt(Date when) {
    return holder.isValidOn(when);
  }

  X509CertificateHolder holder() {
    return holder;
  }

  Octets spki() {
    SubjectPublicKeyInfo info = holder.getSubjectPublicKeyInfo();
    try {
      return Octets.of(info.getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Certificate that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  /** Its subject. */
  @Override
  public String toString() {
    return subject().toString();
  }
}
