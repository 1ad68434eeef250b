package org.larval.ike.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.golden.GoldenExchange;
import org.larval.ike.golden.GoldenExchange.LoggedSa;
import org.larval.ike.golden.GoldenExchange.Part;
import org.larval.ike.golden.GoldenExchange.Said;
import org.larval.ike.message.Octets;

/** Verifies every AUTH payload that strongSwan and libreswan sent. */
class GoldenAuthTest {
  private static final Secret PSK = Secret.of("interop-psk".getBytes(StandardCharsets.UTF_8));
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  static Stream<String> captures() {
    return GoldenExchange.ALL.stream();
  }

  private static Octets realMessage(GoldenExchange golden, Said auth) {
    return golden.messages().stream()
        .filter(one -> one.exchange() == 34 && one.spiI().equals(auth.spiI()))
        .filter(one -> one.response() == auth.response() && !one.part(40).isEmpty())
        .reduce((first, second) -> second)
        .orElseThrow()
        .raw();
  }

  private static Octets peerNonce(GoldenExchange golden, Said auth) {
    return golden.messages().stream()
        .filter(one -> one.exchange() == 34 && one.spiI().equals(auth.spiI()))
        .filter(one -> one.response() != auth.response() && !one.part(40).isEmpty())
        .reduce((first, second) -> second)
        .orElseThrow()
        .part(40);
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyAuthHolds(String name) throws CredentialException {
    GoldenExchange golden = new GoldenExchange(name);
    int seen = 0;
    for (Said said : golden.messages()) {
      Octets auth = said.part(39);
      if (auth.isEmpty()) {
        continue;
      }
      seen++;
      LoggedSa sa = golden.sa(said.spiI(), said.spiR());
      KeySchedule schedule = new KeySchedule(sa.suite().prf());
      Octets identity = said.part(said.response() ? 36 : 35);
      Octets octets =
          AuthOctets.of(
              schedule,
              said.response() ? sa.keys().pr() : sa.keys().pi(),
              realMessage(golden, said),
              peerNonce(golden, said),
              identity,
              Octets.EMPTY);
      Octets data = auth.slice(4, auth.size() - 4);
      if (auth.at(0) == 2) {
        // in one capture the initiator has another key
        boolean wrong = name.equals("err-auth-failed-psk");
        assertThat(AuthOctets.sharedKeyHolds(schedule, PSK, octets, data))
            .as(name)
            .isEqualTo(!wrong);
        assertThat(AuthOctets.sharedKeyHolds(schedule, PSK, octets.and(data), data)).isFalse();
      } else {
        certificate(name, said, auth.at(0), data, octets, identity);
      }
    }
    assertThat(seen).as(name).isPositive();
  }

  private static void certificate(
      String name, Said said, int method, Octets data, Octets octets, Octets identity)
      throws CredentialException {
    List<Certificate> shown = new ArrayList<>();
    for (Part part : said.parts()) {
      if (part.type() == 37 && part.body().at(0) == 4) {
        shown.add(Certificate.of(part.body().slice(1, part.body().size() - 1)));
      }
    }
    String authority = name.contains("ecdsa") ? "ca-ecdsa" : "ca-rsa";
    List<Certificate> anchors =
        Credentials.certificates(GoldenExchange.read("pki/" + authority + "/ca.crt"));
    CertificateChecks checks =
        new CertificateChecks(anchors, List.of(), Revocation.RELAXED, SignatureRules.STRICT);
    Identity who = new Identity(identity.at(0), identity.slice(4, identity.size() - 4));
    assertThat(
            checks.check(
                who, shown.getFirst(), shown.subList(1, shown.size()), List.of(), List.of(), NOW))
        .isEqualTo(new Verdict.Trusted(List.of(shown.getFirst(), anchors.getFirst())));
    Signatures.verify(method, data, octets, shown.getFirst().key(), SignatureRules.INTEROPERABLE);
    Octets request = said.part(38);
    if (!request.isEmpty()) {
      assertThat(CertificateRequests.data(anchors)).isEqualTo(request.slice(1, request.size() - 1));
    }
  }

  @Test
  void bothAuthoritiesKeysAreRead() throws CredentialException {
    for (String authority : List.of("ca-rsa", "ca-ecdsa", "ca-ed25519")) {
      SigningKey key =
          Credentials.signingKey(GoldenExchange.read("pki/" + authority + "/a.test.key"), null);
      Certificate certificate =
          Credentials.certificates(GoldenExchange.read("pki/" + authority + "/a.test.crt"))
              .getFirst();
      assertThat(key.belongsTo(certificate)).isTrue();
      assertThat(certificate.toString()).isEqualTo("C=XX, O=interop, CN=a.test");
    }
  }
}
