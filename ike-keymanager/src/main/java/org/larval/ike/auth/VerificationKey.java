package org.larval.ike.auth;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.Ed448PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.larval.ike.message.Octets;

/** A public key that verifies signatures: RSA, ECDSA, Ed25519 or Ed448. */
public final class VerificationKey {
  private static final int MAX_RSA_BITS = 16_384;
  private static final int MAX_EXPONENT_BITS = 64;

  private final Octets encoded;
  private final AsymmetricKeyParameter key;

  private VerificationKey(Octets encoded, AsymmetricKeyParameter key) {
    this.encoded = encoded;
    this.key = key;
  }

  /**
   * From a SubjectPublicKeyInfo in DER, as certificates and CERT payloads of encoding 15 (RFC 7670)
   * carry it.
   *
   * @throws CredentialException when it is malformed or of another kind
   */
  public static VerificationKey of(Octets spki) throws CredentialException {
    AsymmetricKeyParameter key;
    try {
      SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(spki.toArray());
      ASN1ObjectIdentifier kind = info.getAlgorithm().getAlgorithm();
      key =
          kind.equals(PKCSObjectIdentifiers.rsaEncryption)
                  || kind.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)
              ? rsa(RSAPublicKey.getInstance(info.parsePublicKey()))
              : PublicKeyFactory.createKey(info);
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the public key is malformed or of an unknown kind");
    }
    boolean known =
        key instanceof RSAKeyParameters
            || key instanceof ECPublicKeyParameters
            || key instanceof Ed25519PublicKeyParameters
            || key instanceof Ed448PublicKeyParameters;
    if (!known) {
      throw new CredentialException("the public key is not RSA, ECDSA, Ed25519 or Ed448");
    }
    return new VerificationKey(spki, key);
  }

  /**
   * The library would look for factors of every modulus it meets, for milliseconds; whoever shows a
   * bad one harms himself alone.
   */
  private static RSAKeyParameters rsa(RSAPublicKey key) throws CredentialException {
    BigInteger modulus = key.getModulus();
    BigInteger exponent = key.getPublicExponent();
    if (modulus.signum() <= 0
        || !modulus.testBit(0)
        || modulus.bitLength() > MAX_RSA_BITS
        || exponent.compareTo(BigInteger.TWO) <= 0
        || !exponent.testBit(0)
        || exponent.bitLength() > MAX_EXPONENT_BITS) {
      throw new CredentialException("the RSA public key is out of bounds");
    }
    return new RSAKeyParameters(false, modulus, exponent, true);
  }

  /** The SubjectPublicKeyInfo. */
  public Octets encoded() {
    return encoded;
  }

  AsymmetricKeyParameter key() {
    return key;
  }

  /** RSA, ECDSA, Ed25519 or Ed448. */
  public String kind() {
    return switch (key) {
      case RSAKeyParameters rsa -> "RSA";
      case ECPublicKeyParameters ec -> "ECDSA";
      case Ed25519PublicKeyParameters ed -> "Ed25519";
      default -> "Ed448";
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerificationKey that && encoded.equals(that.encoded);
  }

  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  @Override
  public String toString() {
    return kind() + " key";
  }
}
