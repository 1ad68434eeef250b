package org.larval.ike.auth;

import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.Ed448PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed448Signer;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.PSSSigner;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.jspecify.annotations.Nullable;

/**
 * One signature algorithm with its hash. ECDSA draws its nonces from key and message (RFC 6979), so
 * that no bad generator can give the key away.
 *
 * @param kind of key
 * @param hash number in SIGNATURE_HASH_ALGORITHMS
 * @param saltSize of PSS, octets
 */
record SignatureScheme(Kind kind, int hash, int saltSize) {
  /** The algorithm without its hash. */
  enum Kind {
    RSA_PKCS1,
    RSA_PSS,
    ECDSA,
    ED25519,
    ED448
  }

  static final SignatureScheme RSA_SHA1 = new SignatureScheme(Kind.RSA_PKCS1, 1, 0);

  private static final int SHA1 = 1;
  private static final int SHA256 = 2;
  private static final int SHA384 = 3;
  private static final int SHA512 = 4;
  private static final int IDENTITY = 5;

  private static final AlgorithmIdentifier SHA1_NAME =
      new AlgorithmIdentifier(
          org.bouncycastle.asn1.oiw.OIWObjectIdentifiers.idSHA1, DERNull.INSTANCE);

  /** What a key signs with, best first. */
  static List<SignatureScheme> preferred(AsymmetricKeyParameter key, boolean pss) {
    return switch (key) {
      case RSAKeyParameters rsa -> List.of(rsa(pss, SHA256), rsa(pss, SHA384), rsa(pss, SHA512));
      case ECPublicKeyParameters ec -> {
        int size = ec.getParameters().getCurve().getFieldSize();
        int best = size <= 256 ? SHA256 : size <= 384 ? SHA384 : SHA512;
        yield List.of(ecdsa(best), ecdsa(SHA256), ecdsa(SHA384), ecdsa(SHA512));
      }
      case Ed25519PublicKeyParameters ed -> List.of(new SignatureScheme(Kind.ED25519, IDENTITY, 0));
      case Ed448PublicKeyParameters ed -> List.of(new SignatureScheme(Kind.ED448, IDENTITY, 0));
      default -> List.of();
    };
  }

  private static SignatureScheme rsa(boolean pss, int hash) {
    return pss
        ? new SignatureScheme(Kind.RSA_PSS, hash, digest(hash).getDigestSize())
        : new SignatureScheme(Kind.RSA_PKCS1, hash, 0);
  }

  private static SignatureScheme ecdsa(int hash) {
    return new SignatureScheme(Kind.ECDSA, hash, 0);
  }

  private static Digest digest(int hash) {
    return switch (hash) {
      case SHA1 -> new SHA1Digest();
      case SHA256 -> SHA256Digest.newInstance();
      case SHA384 -> new SHA384Digest();
      default -> new SHA512Digest();
    };
  }

  private static ASN1ObjectIdentifier hashName(int hash) {
    return switch (hash) {
      case SHA256 -> NISTObjectIdentifiers.id_sha256;
      case SHA384 -> NISTObjectIdentifiers.id_sha384;
      default -> NISTObjectIdentifiers.id_sha512;
    };
  }

  private static int hash(ASN1ObjectIdentifier name) {
    for (int hash : List.of(SHA256, SHA384, SHA512)) {
      if (hashName(hash).equals(name)) {
        return hash;
      }
    }
    return 0;
  }

  private ASN1ObjectIdentifier oid() {
    return switch (kind) {
      case RSA_PSS -> PKCSObjectIdentifiers.id_RSASSA_PSS;
      case ED25519 -> EdECObjectIdentifiers.id_Ed25519;
      case ED448 -> EdECObjectIdentifiers.id_Ed448;
      case RSA_PKCS1 ->
          switch (hash) {
            case SHA256 -> PKCSObjectIdentifiers.sha256WithRSAEncryption;
            case SHA384 -> PKCSObjectIdentifiers.sha384WithRSAEncryption;
            default -> PKCSObjectIdentifiers.sha512WithRSAEncryption;
          };
      case ECDSA ->
          switch (hash) {
            case SHA256 -> X9ObjectIdentifiers.ecdsa_with_SHA256;
            case SHA384 -> X9ObjectIdentifiers.ecdsa_with_SHA384;
            default -> X9ObjectIdentifiers.ecdsa_with_SHA512;
          };
    };
  }

  /** As RFC 7427 appendix A writes it. */
  AlgorithmIdentifier identifier() {
    return switch (kind) {
      case RSA_PKCS1 -> new AlgorithmIdentifier(oid(), DERNull.INSTANCE);
      case RSA_PSS -> {
        AlgorithmIdentifier digest = new AlgorithmIdentifier(hashName(hash), DERNull.INSTANCE);
        yield new AlgorithmIdentifier(
            oid(),
            new RSASSAPSSparams(
                digest,
                new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, digest),
                new ASN1Integer(saltSize),
                RSASSAPSSparams.DEFAULT_TRAILER_FIELD));
      }
      default -> new AlgorithmIdentifier(oid());
    };
  }

  /** The scheme that an identifier names; null when it is not known, or uses SHA-1. */
  static @Nullable SignatureScheme of(AlgorithmIdentifier identifier) {
    ASN1ObjectIdentifier oid = identifier.getAlgorithm();
    if (oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return pss(identifier.getParameters());
    }
    for (Kind kind : Kind.values()) {
      for (int hash : List.of(SHA256, SHA384, SHA512, IDENTITY)) {
        SignatureScheme one = new SignatureScheme(kind, hash, 0);
        boolean whole = kind == Kind.ED25519 || kind == Kind.ED448;
        if (kind != Kind.RSA_PSS && whole == (hash == IDENTITY) && one.oid().equals(oid)) {
          return one;
        }
      }
    }
    return null;
  }

  private static @Nullable SignatureScheme pss(@Nullable ASN1Encodable parameters) {
    try {
      RSASSAPSSparams read = RSASSAPSSparams.getInstance(parameters);
      if (read == null) {
        return null;
      }
      int hash = hash(read.getHashAlgorithm().getAlgorithm());
      AlgorithmIdentifier mask = read.getMaskGenAlgorithm();
      AlgorithmIdentifier maskHash = AlgorithmIdentifier.getInstance(mask.getParameters());
      boolean sound =
          hash != 0
              && mask.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
              && maskHash != null
              && hash(maskHash.getAlgorithm()) == hash
              && read.getTrailerField().intValue() == 1
              && read.getSaltLength().bitLength() < 10
              && read.getSaltLength().signum() >= 0;
      return sound
          ? new SignatureScheme(Kind.RSA_PSS, hash, read.getSaltLength().intValue())
          : null;
    } catch (RuntimeException e) {
      return null;
    }
  }

  boolean fits(AsymmetricKeyParameter key) {
    return switch (kind) {
      case RSA_PKCS1, RSA_PSS -> key instanceof RSAKeyParameters;
      case ECDSA -> key instanceof ECPublicKeyParameters;
      case ED25519 -> key instanceof Ed25519PublicKeyParameters;
      case ED448 -> key instanceof Ed448PublicKeyParameters;
    };
  }

  Signer signer() {
    return switch (kind) {
      case RSA_PKCS1 ->
          hash == SHA1
              ? new RSADigestSigner(digest(hash), SHA1_NAME.getAlgorithm())
              : new RSADigestSigner(digest(hash), hashName(hash));
      case RSA_PSS -> new PSSSigner(new RSABlindedEngine(), digest(hash), digest(hash), saltSize);
      case ECDSA ->
          new DSADigestSigner(
              new ECDSASigner(new HMacDSAKCalculator(digest(hash))),
              digest(hash),
              StandardDSAEncoding.INSTANCE);
      case ED25519 -> new Ed25519Signer();
      case ED448 -> new Ed448Signer(new byte[0]);
    };
  }

  /** Methods 9 to 11: r and s of fixed size (RFC 4754). */
  static Signer legacyEcdsa(int method) {
    int hash = method - 7;
    return new DSADigestSigner(
        new ECDSASigner(new HMacDSAKCalculator(digest(hash))),
        digest(hash),
        PlainDSAEncoding.INSTANCE);
  }

  static boolean takesRandom(AsymmetricKeyParameter key) {
    return key instanceof RSAKeyParameters;
  }

  /** Whether a key lies on a curve of NIST. */
  static boolean isNist(ECKeyParameters key) {
    int size = key.getParameters().getCurve().getFieldSize();
    var curve = CustomNamedCurves.getByName("secp" + size + "r1");
    return curve != null
        && curve.getN().equals(key.getParameters().getN())
        && curve
            .getG()
            .getAffineXCoord()
            .toBigInteger()
            .equals(key.getParameters().getG().getAffineXCoord().toBigInteger());
  }

  String name() {
    return switch (kind) {
      case RSA_PKCS1, RSA_PSS -> "RSA";
      case ECDSA -> "ECDSA";
      case ED25519 -> "Ed25519";
      case ED448 -> "Ed448";
    };
  }
}
