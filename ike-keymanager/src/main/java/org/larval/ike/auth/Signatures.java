package org.larval.ike.auth;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.DataLengthException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.larval.ike.crypto.DoorRandom;
import org.larval.ike.message.Octets;

/**
 * AUTH data by signature: methods 1 and 9 to 11, and Digital Signature, method 14 (RFC 7427, 8420),
 * whose hash must be one that the peer announced.
 */
public final class Signatures {
  /** What we announce in SIGNATURE_HASH_ALGORITHMS: SHA2-256, 384, 512 and Identity. */
  public static final List<Integer> HASHES = List.of(2, 3, 4, 5);

  private static final int RSA_SHA1 = 1;
  private static final int ECDSA_256 = 9;
  private static final int ECDSA_521 = 11;
  private static final int DIGITAL_SIGNATURE = 14;

  /**
   * An AUTH payload's content.
   *
   * @param method its number
   * @param data as the method defines it
   */
  public record Signed(int method, Octets data) {}

  private Signatures() {}

  /**
   * Signs.
   *
   * @param peerHashes the numbers in the peer's SIGNATURE_HASH_ALGORITHMS; empty when it sent none
   * @throws CredentialException when the key and what the peer understands do not meet
   */
  public static Signed sign(
      SigningKey key,
      Octets octets,
      Collection<Integer> peerHashes,
      SignatureRules rules,
      RandomGenerator random)
      throws CredentialException {
    AsymmetricKeyParameter half = key.publicKey().key();
    checkRsaSize(half, rules);
    if (!peerHashes.isEmpty()) {
      for (SignatureScheme scheme : SignatureScheme.preferred(half, rules.pss())) {
        if (peerHashes.contains(scheme.hash())) {
          byte[] raw = raw(scheme.signer(), key, octets, random);
          return new Signed(DIGITAL_SIGNATURE, wrapped(scheme.identifier(), raw));
        }
      }
      throw new CredentialException(
          "the peer announced no hash algorithm that fits our " + key.publicKey());
    }
    if (half instanceof RSAKeyParameters) {
      if (!rules.sha1()) {
        throw new CredentialException(
            "the peer knows RSA signatures with SHA-1 only, which are not allowed");
      }
      return new Signed(
          RSA_SHA1, Octets.of(raw(SignatureScheme.RSA_SHA1.signer(), key, octets, random)));
    }
    int method = half instanceof ECPublicKeyParameters ec ? legacyMethod(ec) : 0;
    if (method == 0) {
      throw new CredentialException(
          "the peer announced no hash algorithms, and our "
              + key.publicKey()
              + " has no method without");
    }
    return new Signed(
        method, Octets.of(raw(SignatureScheme.legacyEcdsa(method), key, octets, random)));
  }

  private static byte[] raw(Signer signer, SigningKey key, Octets octets, RandomGenerator random)
      throws CredentialException {
    try {
      signer.init(
          true,
          SignatureScheme.takesRandom(key.key())
              ? new ParametersWithRandom(key.key(), DoorRandom.of(random))
              : key.key());
      byte[] data = octets.toArray();
      signer.update(data, 0, data.length);
      return signer.generateSignature();
    } catch (CryptoException | DataLengthException e) {
      throw new CredentialException("our " + key.publicKey() + " cannot sign");
    }
  }

  private static Octets wrapped(AlgorithmIdentifier identifier, byte[] signature) {
    try {
      byte[] name = identifier.getEncoded(ASN1Encoding.DER);
      return Octets.number(name.length, 1).and(Octets.of(name)).and(Octets.of(signature));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void checkRsaSize(AsymmetricKeyParameter key, SignatureRules rules)
      throws CredentialException {
    if (key instanceof RSAKeyParameters rsa
        && rsa.getModulus().bitLength() < rules.minimumRsaBits()) {
      throw new CredentialException(
          "an RSA key of "
              + rsa.getModulus().bitLength()
              + " bits is shorter than "
              + rules.minimumRsaBits());
    }
  }

  private static int legacyMethod(ECPublicKeyParameters key) {
    return switch (key.getParameters().getCurve().getFieldSize()) {
      case 256 -> SignatureScheme.isNist(key) ? 9 : 0;
      case 384 -> SignatureScheme.isNist(key) ? 10 : 0;
      case 521 -> SignatureScheme.isNist(key) ? 11 : 0;
      default -> 0;
    };
  }

  /**
   * Verifies a signature.
   *
   * @param method the AUTH payload's
   * @param data the AUTH payload's
   * @param octets what {@link AuthOctets#of} gives for the peer
   * @throws CredentialException one sentence when it does not hold
   */
  public static void verify(
      int method, Octets data, Octets octets, VerificationKey key, SignatureRules rules)
      throws CredentialException {
    checkRsaSize(key.key(), rules);
    if (method == DIGITAL_SIGNATURE) {
      int length = data.isEmpty() ? 0 : data.at(0);
      if (length == 0 || data.size() <= 1 + length) {
        throw new CredentialException("the AUTH payload names no signature algorithm");
      }
      SignatureScheme scheme = scheme(data.slice(1, length));
      if (!scheme.fits(key.key())) {
        throw new CredentialException(
            "the AUTH payload is signed with " + scheme.name() + ", the peer has an " + key);
      }
      check(scheme.signer(), key, octets, data.slice(1 + length, data.size() - 1 - length));
      return;
    }
    if (method == RSA_SHA1) {
      if (!rules.sha1()) {
        throw new CredentialException("the AUTH payload uses SHA-1, which is not allowed");
      }
      if (!(key.key() instanceof RSAKeyParameters)) {
        throw new CredentialException(
            "the AUTH payload is signed with RSA, the peer has an " + key);
      }
      check(SignatureScheme.RSA_SHA1.signer(), key, octets, data);
      return;
    }
    if (method >= ECDSA_256 && method <= ECDSA_521) {
      if (!(key.key() instanceof ECPublicKeyParameters ec) || legacyMethod(ec) != method) {
        throw new CredentialException(
            "authentication method " + method + " does not fit the peer's " + key);
      }
      check(SignatureScheme.legacyEcdsa(method), key, octets, data);
      return;
    }
    throw new CredentialException("authentication method " + method + " is no signature we know");
  }

  private static SignatureScheme scheme(Octets identifier) throws CredentialException {
    AlgorithmIdentifier parsed;
    try (ASN1InputStream in = new ASN1InputStream(identifier.toArray())) {
      parsed = AlgorithmIdentifier.getInstance(in.readObject());
      if (parsed == null || in.read() >= 0) {
        throw new CredentialException("the AUTH payload's algorithm identifier is malformed");
      }
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the AUTH payload's algorithm identifier is malformed");
    }
    SignatureScheme scheme = SignatureScheme.of(parsed);
    if (scheme == null) {
      throw new CredentialException(
          "the AUTH payload uses signature algorithm "
              + parsed.getAlgorithm().getId()
              + ", which is not known or not allowed");
    }
    return scheme;
  }

  /** Whether an authority's signature holds; SHA-1 and what is not known never does. */
  static boolean holds(
      AlgorithmIdentifier algorithm, byte[] data, byte[] signature, VerificationKey key) {
    SignatureScheme scheme = SignatureScheme.of(algorithm);
    if (scheme == null || !scheme.fits(key.key())) {
      return false;
    }
    try {
      check(scheme.signer(), key, Octets.of(data), Octets.of(signature));
      return true;
    } catch (CredentialException e) {
      return false;
    }
  }

  private static void check(Signer signer, VerificationKey key, Octets octets, Octets signature)
      throws CredentialException {
    boolean holds;
    try {
      signer.init(false, key.key());
      byte[] data = octets.toArray();
      signer.update(data, 0, data.length);
      holds = signer.verifySignature(signature.toArray());
    } catch (RuntimeException e) {
      holds = false;
    }
    if (!holds) {
      throw new CredentialException("the signature of the AUTH payload does not hold");
    }
  }

  /** The same key in two encodings. */
  static boolean sameKey(VerificationKey one, VerificationKey two) {
    if (one.key() instanceof RSAKeyParameters a && two.key() instanceof RSAKeyParameters b) {
      return a.getModulus().equals(b.getModulus()) && a.getExponent().equals(b.getExponent());
    }
    return one.key() instanceof ECPublicKeyParameters c
        && two.key() instanceof ECPublicKeyParameters d
        && c.getQ().equals(d.getQ());
  }
}
