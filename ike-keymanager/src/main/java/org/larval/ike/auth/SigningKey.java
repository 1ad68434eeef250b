package org.larval.ike.auth;

import java.io.IOException;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed448PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.larval.ike.message.Octets;

/** A private key that signs. It prints its kind only. */
public final class SigningKey {
  private final AsymmetricKeyParameter key;
  private final PrivateKeyInfo info;
  private final VerificationKey publicKey;

  private SigningKey(AsymmetricKeyParameter key, PrivateKeyInfo info, VerificationKey publicKey) {
    this.key = key;
    this.info = info;
    this.publicKey = publicKey;
  }

  static SigningKey of(PrivateKeyInfo info) throws CredentialException {
    try {
      AsymmetricKeyParameter key = PrivateKeyFactory.createKey(info);
      AsymmetricKeyParameter half =
          switch (key) {
            case RSAPrivateCrtKeyParameters rsa ->
                new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            case ECPrivateKeyParameters ec ->
                new ECPublicKeyParameters(
                    new FixedPointCombMultiplier().multiply(ec.getParameters().getG(), ec.getD()),
                    ec.getParameters());
            case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
            case Ed448PrivateKeyParameters ed -> ed.generatePublicKey();
            default ->
                throw new CredentialException(
                    "the private key is not RSA, ECDSA, Ed25519 or Ed448");
          };
      byte[] spki = SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(half).getEncoded();
      return new SigningKey(key, info, VerificationKey.of(Octets.of(spki)));
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the private key is malformed or of an unknown kind");
    }
  }

  AsymmetricKeyParameter key() {
    return key;
  }

  /** PKCS#8, for libraries that want the key itself. */
  public byte[] toPkcs8() {
    try {
      return info.getEncoded();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Its public half. */
  public VerificationKey publicKey() {
    return publicKey;
  }

  /** Whether a certificate binds its public half. */
  public boolean belongsTo(Certificate certificate) {
    try {
      return certificate.key().encoded().equals(publicKey.encoded())
          || Signatures.sameKey(certificate.key(), publicKey);
    } catch (CredentialException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "private " + publicKey;
  }
}
