package org.larval.ike.crypto;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.DecapsulateException;
import javax.crypto.KEM;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.larval.ike.message.Octets;

/**
 * ML-KEM (FIPS 203): the initiator sends an encapsulation key, the responder a ciphertext. A
 * ciphertext that was changed gives another secret without an error, so it shows at decryption.
 */
final class MlKem {
  private static final Provider JDK = Jdk.provider();

  private MlKem() {}

  private static String name(KeyExchangeMethod method) {
    return switch (method) {
      case ML_KEM_512 -> "ML-KEM-512";
      case ML_KEM_768 -> "ML-KEM-768";
      case ML_KEM_1024 -> "ML-KEM-1024";
      default -> throw new IllegalArgumentException(method + " is not ML-KEM");
    };
  }

  private static ASN1ObjectIdentifier oid(KeyExchangeMethod method) {
    return switch (method) {
      case ML_KEM_512 -> NISTObjectIdentifiers.id_alg_ml_kem_512;
      case ML_KEM_768 -> NISTObjectIdentifiers.id_alg_ml_kem_768;
      default -> NISTObjectIdentifiers.id_alg_ml_kem_1024;
    };
  }

  static KeyExchange.Half initiate(KeyExchangeMethod method, RandomGenerator random) {
    KeyPair pair;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(name(method), JDK);
      generator.initialize(new NamedParameterSpec(name(method)), DoorRandom.of(random));
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no " + name(method) + " in this JDK", e);
    }
    byte[] encoded = pair.getPublic().getEncoded();
    int size = method.initiatorSize();
    byte[] ours = Arrays.copyOfRange(encoded, encoded.length - size, encoded.length);
    return new KeyExchange.Half() {
      @Override
      public byte[] publicValue() {
        return ours;
      }

      @Override
      public byte[] complete(byte[] peer) throws KeyExchangeException {
        try {
          KEM.Decapsulator opener =
              KEM.getInstance("ML-KEM", JDK).newDecapsulator(pair.getPrivate());
          return opener.decapsulate(peer).getEncoded();
        } catch (DecapsulateException e) {
          throw new KeyExchangeException("a ciphertext that cannot be opened");
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException("no ML-KEM in this JDK", e);
        }
      }
    };
  }

  static KeyExchange.Response respond(KeyExchangeMethod method, byte[] peer, RandomGenerator random)
      throws KeyExchangeException {
    checkModulus(peer, method);
    try {
      PublicKey key =
          KeyFactory.getInstance("ML-KEM", JDK)
              .generatePublic(new X509EncodedKeySpec(encoded(method, peer)));
      KEM.Encapsulated sealed =
          KEM.getInstance("ML-KEM", JDK).newEncapsulator(key, DoorRandom.of(random)).encapsulate();
      return new KeyExchange.Response(
          Octets.of(sealed.encapsulation()), Secret.taking(sealed.key().getEncoded()));
    } catch (InvalidKeyException | InvalidKeySpecException e) {
      throw new KeyExchangeException("an encapsulation key that fails the check of FIPS 203");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no ML-KEM in this JDK", e);
    }
  }

  /** FIPS 203 section 7.2: every 12-bit coefficient below q. */
  private static void checkModulus(byte[] key, KeyExchangeMethod method)
      throws KeyExchangeException {
    int coefficients = method.initiatorSize() - 32;
    for (int at = 0; at < coefficients; at += 3) {
      int first = (key[at] & 0xff) | (key[at + 1] & 0x0f) << 8;
      int second = (key[at + 1] & 0xf0) >> 4 | (key[at + 2] & 0xff) << 4;
      if (first >= 3329 || second >= 3329) {
        throw new KeyExchangeException("an encapsulation key that fails the check of FIPS 203");
      }
    }
  }

  private static byte[] encoded(KeyExchangeMethod method, byte[] raw) {
    try {
      return new SubjectPublicKeyInfo(new AlgorithmIdentifier(oid(method)), raw).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
