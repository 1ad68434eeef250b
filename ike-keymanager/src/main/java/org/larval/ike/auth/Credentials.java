package org.larval.ike.auth;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/**
 * Reads the contents of credential files, PEM or DER: private keys of PKCS#1, SEC1 and PKCS#8,
 * plain or encrypted, certificates, revocation lists, public keys.
 */
public final class Credentials {
  private Credentials() {}

  private static boolean isPem(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
  }

  private static List<Object> pem(byte[] file) throws CredentialException {
    List<Object> all = new ArrayList<>();
    try (PEMParser parser =
        new PEMParser(new StringReader(new String(file, StandardCharsets.UTF_8)))) {
      for (Object one = parser.readObject(); one != null; one = parser.readObject()) {
        all.add(one);
      }
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the PEM file is malformed");
    }
    return all;
  }

  /**
   * The first private key of a file.
   *
   * @param password of an encrypted one, in UTF-8; null when there is none
   * @throws CredentialException when there is no key, or the password is missing or wrong
   */
  public static SigningKey signingKey(byte[] file, @Nullable Secret password)
      throws CredentialException {
    if (!isPem(file)) {
      return SigningKey.of(derKey(file));
    }
    for (Object one : pem(file)) {
      PrivateKeyInfo info =
          switch (one) {
            case PEMKeyPair pair -> pair.getPrivateKeyInfo();
            case PrivateKeyInfo plain -> plain;
            case PEMEncryptedKeyPair pair -> opened(pair, password);
            case PKCS8EncryptedPrivateKeyInfo sealed -> opened(sealed, password);
            default -> null;
          };
      if (info != null) {
        return SigningKey.of(info);
      }
    }
    throw new CredentialException("the file holds no private key");
  }

  private static PrivateKeyInfo derKey(byte[] file) throws CredentialException {
    try {
      return PrivateKeyInfo.getInstance(file);
    } catch (RuntimeException notPkcs8) {
      try {
        return new PrivateKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
            RSAPrivateKey.getInstance(file));
      } catch (IOException | RuntimeException e) {
        throw new CredentialException("the file holds no private key");
      }
    }
  }

  private static char[] characters(@Nullable Secret password) throws CredentialException {
    if (password == null) {
      throw new CredentialException("the private key is encrypted and no password is given");
    }
    return new String(password.toArray(), StandardCharsets.UTF_8).toCharArray();
  }

  private static PrivateKeyInfo opened(PEMEncryptedKeyPair pair, @Nullable Secret password)
      throws CredentialException {
    char[] characters = characters(password);
    try {
      return pair.decryptKeyPair(new BcPEMDecryptorProvider(characters)).getPrivateKeyInfo();
    } catch (IOException | RuntimeException e) {
      throw new CredentialException("the password does not open the private key");
    }
  }

  private static PrivateKeyInfo opened(
      PKCS8EncryptedPrivateKeyInfo sealed, @Nullable Secret password) throws CredentialException {
    char[] characters = characters(password);
    try {
      return sealed.decryptPrivateKeyInfo(
          new JceOpenSSLPKCS8DecryptorProviderBuilder()
              .setProvider(BouncyCastle.PROVIDER)
              .build(characters));
    } catch (PKCSException | OperatorCreationException | RuntimeException e) {
      throw new CredentialException("the password does not open the private key");
    }
  }

  /**
   * Every certificate of a file, in its order.
   *
   * @throws CredentialException when there is none
   */
  public static List<Certificate> certificates(byte[] file) throws CredentialException {
    if (!isPem(file)) {
      return List.of(Certificate.of(Octets.of(file)));
    }
    List<Certificate> all = new ArrayList<>();
    for (Object one : pem(file)) {
      if (one instanceof X509CertificateHolder holder) {
        all.add(Certificate.of(octets(holder::getEncoded)));
      }
    }
    if (all.isEmpty()) {
      throw new CredentialException("the file holds no certificate");
    }
    return List.copyOf(all);
  }

  /**
   * Every revocation list of a file, in DER.
   *
   * @throws CredentialException when there is none
   */
  public static List<Octets> revocationLists(byte[] file) throws CredentialException {
    List<Octets> all = new ArrayList<>();
    if (!isPem(file)) {
      try {
        all.add(octets(new X509CRLHolder(file)::getEncoded));
      } catch (IOException | RuntimeException e) {
        throw new CredentialException("the file holds no revocation list");
      }
      return all;
    }
    for (Object one : pem(file)) {
      if (one instanceof X509CRLHolder holder) {
        all.add(octets(holder::getEncoded));
      }
    }
    if (all.isEmpty()) {
      throw new CredentialException("the file holds no revocation list");
    }
    return List.copyOf(all);
  }

  /**
   * A raw public key (RFC 7670), also out of a certificate.
   *
   * @throws CredentialException when there is none
   */
  public static VerificationKey publicKey(byte[] file) throws CredentialException {
    if (!isPem(file)) {
      return VerificationKey.of(Octets.of(file));
    }
    for (Object one : pem(file)) {
      if (one instanceof SubjectPublicKeyInfo info) {
        return VerificationKey.of(octets(info::getEncoded));
      }
      if (one instanceof X509CertificateHolder holder) {
        return VerificationKey.of(octets(holder.getSubjectPublicKeyInfo()::getEncoded));
      }
    }
    throw new CredentialException("the file holds no public key");
  }

  private interface Encoding {
    byte[] encode() throws IOException;
  }

  private static Octets octets(Encoding encoding) throws CredentialException {
    try {
      return Octets.of(encoding.encode());
    } catch (IOException e) {
      throw new CredentialException("the file cannot be encoded again");
    }
  }
}
