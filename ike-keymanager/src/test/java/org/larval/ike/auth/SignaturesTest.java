package org.larval.ike.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

class SignaturesTest {
  private static final Secret PASSWORD = Secret.of("opensesame".getBytes(StandardCharsets.UTF_8));

  static byte[] file(String name) {
    try (InputStream in = SignaturesTest.class.getResourceAsStream("/keys/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static final Octets SIGNED = Octets.of(file("signed.bin"));

  /** Identifiers of RFC 7427 appendix A. */
  @ParameterizedTest
  @CsvSource({
    "rsa, rsa-sha256, 300d06092a864886f70d01010b0500",
    "rsa, rsa-sha384, 300d06092a864886f70d01010c0500",
    "rsa, rsa-sha512, 300d06092a864886f70d01010d0500",
    "rsa, rsa-pss-sha256, 304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c"
        + "301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    "rsa, rsa-pss-sha512, 304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c"
        + "301a06092a864886f70d010108300d06096086480165030402030500a203020140",
    "p256, p256, 300a06082a8648ce3d040302",
    "p384, p384, 300a06082a8648ce3d040303",
    "p521, p521, 300a06082a8648ce3d040304",
    "bp256, bp256, 300a06082a8648ce3d040302",
    "ed25519, ed25519, 300506032b6570",
    "ed448, ed448, 300506032b6571"
  })
  void verifiesWhatOpenSslSigned(String key, String signature, String identifier)
      throws CredentialException {
    VerificationKey known = Credentials.publicKey(file(key + "-public.pem"));
    Octets name = Octets.hex(identifier);
    Octets data = Octets.number(name.size(), 1).and(name).and(Octets.of(file(signature + ".sig")));
    Signatures.verify(14, data, SIGNED, known, SignatureRules.STRICT);
    assertThatThrownBy(
            () ->
                Signatures.verify(
                    14, data, SIGNED.and(Octets.number(1, 1)), known, SignatureRules.STRICT))
        .hasMessage("the signature of the AUTH payload does not hold");
    String other = key.equals("rsa") ? "p256" : "rsa";
    VerificationKey foreign = Credentials.publicKey(file(other + "-public.pem"));
    assertThatThrownBy(() -> Signatures.verify(14, data, SIGNED, foreign, SignatureRules.STRICT))
        .hasMessageContaining("the peer has an");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-pkcs1", "p256", "p384", "p521", "bp256", "ed25519", "ed448"})
  void signsWhatItVerifies(String name) throws CredentialException {
    SigningKey key = Credentials.signingKey(file(name + ".pem"), null);
    for (SignatureRules rules : List.of(SignatureRules.STRICT, SignatureRules.INTEROPERABLE)) {
      for (List<Integer> hashes : List.of(List.of(2, 3, 4, 5), List.of(4, 5), List.of(1, 3, 5))) {
        Signatures.Signed signed =
            Signatures.sign(key, SIGNED, hashes, rules, new SplittableRandom(1));
        assertThat(signed.method()).isEqualTo(14);
        assertThat(Signatures.sign(key, SIGNED, hashes, rules, new SplittableRandom(1)))
            .isEqualTo(signed);
        Signatures.verify(14, signed.data(), SIGNED, key.publicKey(), SignatureRules.STRICT);
      }
    }
    assertThatThrownBy(
            () ->
                Signatures.sign(
                    key, SIGNED, List.of(1), SignatureRules.STRICT, new SplittableRandom(1)))
        .hasMessageContaining("no hash algorithm that fits");
  }

  @ParameterizedTest
  @CsvSource({"rsa-pkcs1,1", "p256,9", "p384,10", "p521,11"})
  void oldMethods(String name, int method) throws CredentialException {
    SigningKey key = Credentials.signingKey(file(name + ".pem"), null);
    Signatures.Signed signed =
        Signatures.sign(
            key, SIGNED, List.of(), SignatureRules.INTEROPERABLE, new SplittableRandom(2));
    assertThat(signed.method()).isEqualTo(method);
    Signatures.verify(method, signed.data(), SIGNED, key.publicKey(), SignatureRules.INTEROPERABLE);
    if (method == 9) {
      assertThat(signed.data().size()).isEqualTo(64);
    }
    if (method == 11) {
      assertThat(signed.data().size()).isEqualTo(132);
    }
    assertThatThrownBy(
            () ->
                Signatures.verify(
                    method == 9 ? 10 : 9,
                    signed.data(),
                    SIGNED,
                    key.publicKey(),
                    SignatureRules.INTEROPERABLE))
        .isInstanceOf(CredentialException.class);
  }

  @Test
  void sha1OnlyWhereItIsAllowed() throws CredentialException {
    Octets signature = Octets.of(file("rsa-sha1.sig"));
    VerificationKey key = Credentials.publicKey(file("rsa-public.pem"));
    Signatures.verify(1, signature, SIGNED, key, SignatureRules.INTEROPERABLE);
    assertThatThrownBy(() -> Signatures.verify(1, signature, SIGNED, key, SignatureRules.STRICT))
        .hasMessageContaining("SHA-1");
    Octets name = Octets.hex("0f300d06092a864886f70d0101050500");
    assertThatThrownBy(
            () ->
                Signatures.verify(
                    14, name.and(signature), SIGNED, key, SignatureRules.INTEROPERABLE))
        .hasMessageContaining("1.2.840.113549.1.1.5");
    SigningKey ours = Credentials.signingKey(file("rsa-pkcs1.pem"), null);
    assertThatThrownBy(
            () ->
                Signatures.sign(
                    ours, SIGNED, List.of(), SignatureRules.STRICT, new SplittableRandom(1)))
        .hasMessageContaining("SHA-1");
  }

  @Test
  void shortKeysAndBrokenDataAreRefused() throws CredentialException {
    VerificationKey key = Credentials.publicKey(file("rsa-public.pem"));
    assertThatThrownBy(
            () ->
                Signatures.verify(
                    14, Octets.EMPTY, SIGNED, key, new SignatureRules(true, true, 3072)))
        .hasMessageContaining("2048 bits is shorter than 3072");
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 3000; round++) {
      byte[] data = new byte[random.nextInt(90)];
      random.nextBytes(data);
      int method = List.of(1, 9, 14, 14, 14, 0, 200).get(random.nextInt(7));
      if (data.length > 20 && random.nextBoolean()) {
        data[0] = 10;
        System.arraycopy(Octets.hex("300a06082a8648ce3d040302").toArray(), 0, data, 1, 12);
      }
      assertThatThrownBy(
              () ->
                  Signatures.verify(
                      method, Octets.of(data), SIGNED, key, SignatureRules.INTEROPERABLE))
          .isInstanceOf(CredentialException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa-pkcs1.pem",
        "rsa-pkcs8.pem",
        "rsa-pkcs8.der",
        "rsa-pkcs1.der",
        "rsa-pkcs8-encrypted.pem",
        "rsa-pkcs1-encrypted.pem"
      })
  void everyFormOfAPrivateKey(String name) throws CredentialException {
    SigningKey key = Credentials.signingKey(file(name), PASSWORD);
    assertThat(key.publicKey()).isEqualTo(Credentials.publicKey(file("rsa-public.pem")));
    assertThat(key.toString()).isEqualTo("private RSA key");
  }

  @Test
  void passwordsAreNeeded() throws CredentialException {
    for (String name : List.of("rsa-pkcs8-encrypted.pem", "rsa-pkcs1-encrypted.pem")) {
      assertThatThrownBy(() -> Credentials.signingKey(file(name), null))
          .hasMessageContaining("no password");
      assertThatThrownBy(() -> Credentials.signingKey(file(name), Secret.of((byte) 'x')))
          .hasMessageContaining("does not open");
    }
    assertThat(Credentials.signingKey(file("p256-pkcs8.pem"), null).publicKey())
        .isEqualTo(Credentials.publicKey(file("p256-public.pem")));
    assertThatThrownBy(() -> Credentials.signingKey(file("rsa-public.pem"), null))
        .hasMessage("the file holds no private key");
    assertThatThrownBy(() -> Credentials.certificates(file("rsa-public.pem")))
        .hasMessage("the file holds no certificate");
    assertThatThrownBy(() -> Credentials.signingKey(new byte[] {1, 2, 3}, null))
        .isInstanceOf(CredentialException.class);
  }
}
