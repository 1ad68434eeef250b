package org.larval.ike.sa;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Keyring;
import org.larval.ike.message.Octets;

/** A certificate authority for tests, of one algorithm. */
final class Authority {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);

  private final String algorithm;
  private final KeyPair keys;
  private final Certificate certificate;
  private int serial;

  Authority(String algorithm) throws Exception {
    this.algorithm = algorithm;
    keys = keys();
    certificate = certificate("authority", keys, true, -10, 10);
  }

  Certificate certificate() {
    return certificate;
  }

  private KeyPair keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    switch (algorithm) {
      case "RSA" -> generator.initialize(2048);
      case "EC" -> generator.initialize(256);
      default -> {}
    }
    return generator.generateKeyPair();
  }

  private Certificate certificate(String name, KeyPair of, boolean authority, int from, int to)
      throws Exception {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=authority"),
            BigInteger.valueOf(++serial),
            Date.from(NOW.plus(Duration.ofDays(from))),
            Date.from(NOW.plus(Duration.ofDays(to))),
            new X500Name("CN=" + name),
            of.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
    String signer =
        switch (algorithm) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    return Certificate.of(
        Octets.of(
            builder
                .build(new JcaContentSignerBuilder(signer).build(keys.getPrivate()))
                .getEncoded()));
  }

  /** A key with a certificate that is valid for some days around now. */
  Keyring.Own issue(String name, int from, int to) throws Exception {
    KeyPair pair = keys();
    return new Keyring.Own(
        name,
        Credentials.signingKey(pair.getPrivate().getEncoded(), null),
        List.of(certificate(name, pair, false, from, to)));
  }
}
