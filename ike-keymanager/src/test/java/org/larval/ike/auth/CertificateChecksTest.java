package org.larval.ike.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.jcajce.JcaRespID;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.larval.ike.message.Octets;

/** An authority that signs what a good one would not, and what is said about it. */
class CertificateChecksTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Identity DUT = Identity.parse("dut.test");

  private record Entity(X500Name name, KeyPair keys, Certificate certificate) {}

  private record Extra(ASN1ObjectIdentifier type, boolean critical, ASN1Encodable value) {}

  private static int serial = 100;

  private static KeyPair keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static ContentSigner signer(KeyPair who) throws Exception {
    return new JcaContentSignerBuilder("SHA256withECDSA").build(who.getPrivate());
  }

  private static Date at(long days) {
    return Date.from(NOW.plus(Duration.ofDays(days)));
  }

  private static Entity entity(
      @Nullable Entity issuer, String name, long from, long to, Extra... extras) throws Exception {
    KeyPair keys = keys();
    X500Name subject = new X500Name("CN=" + name);
    X500Name by = issuer == null ? subject : issuer.name();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            by, BigInteger.valueOf(serial++), at(from), at(to), subject, keys.getPublic());
    for (Extra extra : extras) {
      builder.addExtension(extra.type(), extra.critical(), extra.value());
    }
    X509CertificateHolder holder = builder.build(signer(issuer == null ? keys : issuer.keys()));
    return new Entity(subject, keys, Certificate.of(Octets.of(holder.getEncoded())));
  }

  private static Extra authority(int pathLength) {
    return new Extra(Extension.basicConstraints, true, new BasicConstraints(pathLength));
  }

  private static Extra authority() {
    return new Extra(Extension.basicConstraints, true, new BasicConstraints(true));
  }

  private static Extra usage(int bits) {
    return new Extra(Extension.keyUsage, true, new KeyUsage(bits));
  }

  private static Extra named(String name) {
    return new Extra(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
  }

  private static Extra purpose(KeyPurposeId purpose) {
    return new Extra(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
  }

  private static String said(Entity root, Entity leaf, Entity... between) {
    return said(Revocation.RELAXED, root, leaf, List.of(), List.of(), between);
  }

  private static String said(
      Revocation revocation,
      Entity root,
      Entity leaf,
      List<Octets> lists,
      List<Octets> responses,
      Entity... between) {
    List<Certificate> more = new ArrayList<>();
    for (Entity one : between) {
      more.add(one.certificate());
    }
    CertificateChecks checks =
        new CertificateChecks(
            List.of(root.certificate()), lists, revocation, SignatureRules.STRICT);
    return switch (checks.check(DUT, leaf.certificate(), more, List.of(), responses, NOW)) {
      case Verdict.Trusted trusted -> "trusted " + trusted.chain().size();
      case Verdict.Refused refused -> refused.reason();
    };
  }

  private static Entity root() throws Exception {
    return entity(
        null, "root", -10, 10, authority(), usage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
  }

  @Test
  void goodChains() throws Exception {
    Entity root = root();
    Entity leaf = entity(root, "dut", -1, 1, named("DUT.test"), usage(KeyUsage.digitalSignature));
    assertThat(said(root, leaf)).isEqualTo("trusted 2");
    Entity one = entity(root, "one", -1, 1, authority(1));
    Entity two = entity(one, "two", -1, 1, authority(0));
    Entity deep =
        entity(two, "dut", -1, 1, named("dut.test"), purpose(KeyPurposeId.id_kp_ipsecIKE));
    assertThat(said(root, deep, two, one)).isEqualTo("trusted 4");
    assertThat(said(root, deep, leaf, one, two, one)).isEqualTo("trusted 4");
    assertThat(said(leaf, leaf)).isEqualTo("trusted 1");
  }

  @Test
  void names() throws Exception {
    Entity root = root();
    assertThat(said(root, entity(root, "dut.test", -1, 1)))
        .isEqualTo("the certificate of CN=dut.test does not name the identity dut.test");
    assertThat(said(root, entity(root, "dut", -1, 1, named("*.test")))).contains("does not name");
    Entity address =
        entity(
            root,
            "dut",
            -1,
            1,
            new Extra(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(
                    new GeneralName[] {
                      new GeneralName(GeneralName.iPAddress, "10.0.0.1"),
                      new GeneralName(GeneralName.rfc822Name, "dut@test")
                    })));
    for (String name : List.of("10.0.0.1", "dut@test", "CN=dut")) {
      assertThat(CertificateChecks.names(address.certificate(), Identity.parse(name))).isTrue();
    }
    for (String name :
        List.of("10.0.0.2", "dut@test2", "CN=*", "CN=du", "dut@#1", "%any", "%null")) {
      assertThat(CertificateChecks.names(address.certificate(), Identity.parse(name))).isFalse();
    }
  }

  @Test
  void times() throws Exception {
    Entity root = root();
    assertThat(said(root, entity(root, "dut", -3, -1, named("dut.test"))))
        .isEqualTo(
            "the certificate of CN=dut expired at 2026-11-20T12:00:00Z, now is"
                + " 2026-11-21T12:00:00Z");
    assertThat(said(root, entity(root, "dut", 1, 3, named("dut.test"))))
        .contains("CN=dut is not valid before 2026-11-22T12:00:00Z");
    Entity old = entity(null, "old", -9, -1, authority());
    assertThat(said(old, entity(old, "dut", -1, 1, named("dut.test"))))
        .contains("certificate of CN=old expired");
  }

  @Test
  void authoritiesThatAreNone() throws Exception {
    Entity root = root();
    Entity other = root();
    assertThat(said(root, entity(other, "dut", -1, 1, named("dut.test"))))
        .contains("no chain leads from the certificate of CN=dut, issued by CN=root");
    Entity none = entity(root, "none", -1, 1, named("none.test"));
    assertThat(said(root, entity(none, "dut", -1, 1, named("dut.test")), none))
        .contains("CN=none is no authority");
    Entity mute = entity(root, "mute", -1, 1, authority(), usage(KeyUsage.cRLSign));
    assertThat(said(root, entity(mute, "dut", -1, 1, named("dut.test")), mute))
        .contains("key usage of the authority CN=mute");
    Entity one = entity(root, "one", -1, 1, authority(0));
    Entity two = entity(one, "two", -1, 1, authority());
    assertThat(said(root, entity(two, "dut", -1, 1, named("dut.test")), one, two))
        .contains("path length of the authority CN=one");
    Entity narrow =
        entity(
            root,
            "narrow",
            -1,
            1,
            authority(),
            new Extra(
                Extension.nameConstraints,
                true,
                new NameConstraints(
                    new GeneralSubtree[] {
                      new GeneralSubtree(new GeneralName(GeneralName.dNSName, "example"))
                    },
                    null)));
    assertThat(said(root, entity(narrow, "dut", -1, 1, named("dut.test")), narrow))
        .contains("is not valid: ");
    assertThat(
            said(
                root,
                entity(
                    root,
                    "dut",
                    -1,
                    1,
                    named("dut.test"),
                    new Extra(
                        new ASN1ObjectIdentifier("1.2.3.4.5"), true, new DERUTF8String("?")))))
        .contains("is not valid: ");
  }

  @Test
  void usages() throws Exception {
    Entity root = root();
    assertThat(
            said(root, entity(root, "dut", -1, 1, named("dut.test"), usage(KeyUsage.keyAgreement))))
        .contains("does not allow signatures");
    assertThat(
            said(
                root,
                entity(
                    root,
                    "dut",
                    -1,
                    1,
                    named("dut.test"),
                    purpose(KeyPurposeId.id_kp_codeSigning))))
        .contains("does not allow IKE");
  }

  @Test
  void bentSignature() throws Exception {
    Entity root = root();
    Entity leaf = entity(root, "dut", -1, 1, named("dut.test"));
    byte[] bent = leaf.certificate().encoded().toArray();
    bent[bent.length - 3] ^= 1;
    Entity forged = new Entity(leaf.name(), leaf.keys(), Certificate.of(Octets.of(bent)));
    assertThat(said(root, forged)).contains("no chain leads");
  }

  private static Octets list(Entity issuer, long from, long to, Entity... revoked)
      throws Exception {
    X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer.name(), at(from));
    builder.setNextUpdate(at(to));
    for (Entity one : revoked) {
      builder.addCRLEntry(
          one.certificate().holder().getSerialNumber(), at(-1), CRLReason.keyCompromise);
    }
    return Octets.of(builder.build(signer(issuer.keys())).getEncoded());
  }

  @Test
  void revocationLists() throws Exception {
    Entity root = root();
    Entity leaf = entity(root, "dut", -1, 1, named("dut.test"));
    Entity other = entity(root, "other", -1, 1, named("dut.test"));
    Entity stranger = root();
    Octets clean = list(root, -1, 1, other);
    Octets stale = list(root, -3, -2, other);
    Octets bad = list(root, -1, 1, leaf);
    Octets forged = list(stranger, -1, 1, leaf);
    for (Revocation revocation : Revocation.values()) {
      assertThat(said(revocation, root, leaf, List.of(clean), List.of())).isEqualTo("trusted 2");
      assertThat(said(revocation, root, leaf, List.of(clean, bad), List.of()))
          .isEqualTo("the certificate of CN=dut is revoked");
    }
    for (List<Octets> nothing :
        List.of(List.<Octets>of(), List.of(stale), List.of(forged), List.of(Octets.hex("30")))) {
      assertThat(said(Revocation.RELAXED, root, leaf, nothing, List.of())).isEqualTo("trusted 2");
      assertThat(said(Revocation.STRICT, root, leaf, nothing, List.of()))
          .isEqualTo("nothing current says that the certificate of CN=dut is not revoked");
    }
  }

  private static Octets response(
      Entity signedBy,
      Entity issuer,
      Entity subject,
      boolean revoked,
      long to,
      @Nullable Entity shown)
      throws Exception {
    DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
    CertificateID id =
        new CertificateID(
            digests.get(CertificateID.HASH_SHA1),
            issuer.certificate().holder(),
            subject.certificate().holder().getSerialNumber());
    CertificateStatus status =
        revoked ? new RevokedStatus(at(-1), CRLReason.keyCompromise) : CertificateStatus.GOOD;
    var basic =
        new BasicOCSPRespBuilder(new JcaRespID(new javax.security.auth.x500.X500Principal("CN=r")))
            .addResponse(id, status, at(-1), at(to))
            .build(
                signer(signedBy.keys()),
                shown == null ? null : new X509CertificateHolder[] {shown.certificate().holder()},
                at(-1));
    return Octets.of(new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
  }

  @Test
  void stapledResponses() throws Exception {
    Entity root = root();
    Entity leaf = entity(root, "dut", -1, 1, named("dut.test"));
    Entity responder = entity(root, "responder", -1, 1, purpose(KeyPurposeId.id_kp_OCSPSigning));
    Entity impostor = entity(root, "impostor", -1, 1, purpose(KeyPurposeId.id_kp_serverAuth));
    for (Octets good :
        List.of(
            response(root, root, leaf, false, 1, null),
            response(responder, root, leaf, false, 1, responder))) {
      assertThat(said(Revocation.STRICT, root, leaf, List.of(), List.of(good)))
          .isEqualTo("trusted 2");
    }
    assertThat(
            said(
                Revocation.RELAXED,
                root,
                leaf,
                List.of(),
                List.of(response(root, root, leaf, true, 1, null))))
        .contains("is revoked");
    for (Octets worthless :
        List.of(
            response(root, root, leaf, false, 0, null).slice(0, 20),
            response(root, root, impostor, false, 1, null),
            response(impostor, root, leaf, false, 1, impostor),
            response(impostor, root, leaf, true, 1, impostor))) {
      assertThat(said(Revocation.STRICT, root, leaf, List.of(), List.of(worthless)))
          .contains("nothing current");
    }
  }

  @Test
  void requests() throws Exception {
    Entity root = root();
    Entity leaf = entity(root, "dut", -1, 1, named("dut.test"));
    Entity other = root();
    Octets data = CertificateRequests.data(List.of(other.certificate(), root.certificate()));
    assertThat(data.size()).isEqualTo(40);
    List<Certificate> chain = List.of(leaf.certificate(), root.certificate());
    assertThat(CertificateRequests.wants(data, chain)).isTrue();
    assertThat(CertificateRequests.wants(data.slice(0, 20), chain)).isFalse();
    assertThat(CertificateRequests.wants(data.slice(0, 13), chain)).isFalse();
    assertThat(CertificateRequests.wants(Octets.EMPTY, chain)).isTrue();
  }
}
