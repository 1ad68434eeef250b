package org.larval.ike.eap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Revocation;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.crypto.Secret;
import org.larval.ike.golden.GoldenExchange;
import org.larval.ike.message.Octets;

class EapTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final HexFormat HEX = HexFormat.of();

  private static Octets octets(String text) {
    return Octets.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Secret secret(String text) {
    return Secret.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** RFC 2759 section 9.2 and RFC 3079 section 3.5.3. */
  @Test
  void vectorsOfMsChapV2() {
    MsChapV2 exchange =
        new MsChapV2(
            "BIGCO\\User",
            secret("clientPass"),
            HEX.parseHex("5b5d7c7d7b3f2f3e3c2c602132262628"),
            HEX.parseHex("21402324255e262a28295f2b3a337c7e"));
    assertThat(HEX.formatHex(exchange.challengeHash())).isEqualTo("d02e4386bce91226");
    assertThat(HEX.formatHex(exchange.ntResponse()))
        .isEqualTo("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
    assertThat(exchange.authenticatorResponse())
        .isEqualTo("S=407A5589115FD0D6209F510FE9C04566932CDA56");
    assertThat(HEX.formatHex(exchange.masterKey())).isEqualTo("fdece3717a8c838cb388e527ae3cdd31");
    assertThat(HEX.formatHex(exchange.startKey(true)))
        .isEqualTo("8b7cdc149b993a1ba118cb153f56dccb");
    assertThat(exchange.msk().size()).isEqualTo(64);
    assertThat(exchange.msk().slice(16, 16)).isEqualTo(Secret.of(exchange.startKey(true)));
  }

  private record Outcome(EapStep server, @Nullable EapStep peer, int packets) {}

  /** Lets two sides talk until both have ended. */
  private static Outcome talk(EapServer server, EapPeer peer) {
    EapStep asked = server.begin();
    EapStep answered = null;
    int packets = 0;
    while (true) {
      Octets packet =
          switch (asked) {
            case EapStep.Send send -> send.packet();
            case EapStep.Success success -> success.packet();
            case EapStep.Failure failure -> failure.packet();
          };
      packets++;
      answered = peer.onPacket(packet);
      if (!(asked instanceof EapStep.Send) || !(answered instanceof EapStep.Send reply)) {
        return new Outcome(asked, answered, packets);
      }
      asked = server.onPacket(reply.packet());
    }
  }

  private static EapServer chapServer(boolean ask) {
    return new EapServer(
        octets("ike-id"),
        ask,
        List.of(
            new MsChapV2Server(
                "gateway",
                user -> user.equals("carol") ? secret("Ar3etTnp") : null,
                new SplittableRandom(1))),
        new SplittableRandom(2));
  }

  private static EapPeer chapPeer(String user, String password) {
    return new EapPeer(
        octets("carol@test"),
        List.of(new MsChapV2Peer(user, secret(password), new SplittableRandom(3))));
  }

  @ParameterizedTest
  @CsvSource({"true, carol@test, 4", "false, ike-id, 3"})
  void passwordsThatAgree(boolean ask, String identity, int packets) {
    Outcome outcome = talk(chapServer(ask), chapPeer("carol", "Ar3etTnp"));
    assertThat(outcome.server()).isInstanceOf(EapStep.Success.class);
    assertThat(outcome.peer()).isInstanceOf(EapStep.Success.class);
    EapStep.Success server = (EapStep.Success) outcome.server();
    EapStep.Success peer = (EapStep.Success) outcome.peer();
    assertThat(server.msk()).isEqualTo(peer.msk());
    assertThat(server.identity()).isEqualTo(octets(identity));
    assertThat(outcome.packets()).isEqualTo(packets);
  }

  @Test
  void passwordsThatDoNot() {
    for (EapPeer peer : List.of(chapPeer("carol", "x"), chapPeer("dave", "Ar3etTnp"))) {
      Outcome outcome = talk(chapServer(true), peer);
      assertThat(((EapStep.Failure) outcome.server()).reason())
          .contains("does not know the password of");
      assertThat(outcome.peer())
          .isInstanceOfSatisfying(
              EapStep.Failure.class, one -> assertThat(one.reason()).contains("error 691"));
    }
  }

  @Test
  void aServerWithoutThePasswordIsFound() {
    EapServer honest = chapServer(false);
    EapPeer peer = chapPeer("carol", "Ar3etTnp");
    Octets challenge = ((EapStep.Send) honest.begin()).packet();
    Octets response = ((EapStep.Send) peer.onPacket(challenge)).packet();
    byte[] success = ((EapStep.Send) honest.onPacket(response)).packet().toArray();
    success[12] = (byte) (success[12] == '0' ? '1' : '0');
    assertThat(((EapStep.Failure) peer.onPacket(Octets.of(success))).reason())
        .isEqualTo("the server does not know the password");
    EapPeer hasty = chapPeer("carol", "Ar3etTnp");
    hasty.onPacket(challenge);
    assertThat(((EapStep.Failure) hasty.onPacket(Octets.hex("03010004"))).reason())
        .contains("before it has proven itself");
  }

  private static TlsSetup tls(String authority, String name, String other, String version, int size)
      throws CredentialException {
    return tls(authority, name, other, version, size, authority);
  }

  private static TlsSetup tls(
      String authority, String name, String other, String version, int size, String trusted)
      throws CredentialException {
    List<Certificate> chain =
        new ArrayList<>(
            Credentials.certificates(
                GoldenExchange.read("pki/" + authority + "/" + name + ".crt")));
    List<Certificate> anchors =
        Credentials.certificates(GoldenExchange.read("pki/" + trusted + "/ca.crt"));
    return new TlsSetup(
        Credentials.signingKey(GoldenExchange.read("pki/" + authority + "/" + name + ".key"), null),
        chain,
        new CertificateChecks(anchors, List.of(), Revocation.RELAXED, SignatureRules.STRICT),
        Identity.parse(other),
        NOW,
        new SplittableRandom(name.hashCode()),
        version.equals("both") ? TlsSetup.VERSIONS : List.of(version),
        size);
  }

  private static Outcome talk(TlsSetup server, TlsSetup peer) {
    return talk(
        new EapServer(
            octets("a.test"), true, List.of(new EapTlsServer(server)), new SplittableRandom(4)),
        new EapPeer(octets("a.test"), List.of(new EapTlsPeer(peer))));
  }

  @ParameterizedTest
  @CsvSource({
    "ca-rsa, TLSv1.3, 1024",
    "ca-rsa, TLSv1.2, 1024",
    "ca-ecdsa, TLSv1.3, 64",
    "ca-ecdsa, TLSv1.2, 100",
    "ca-ed25519, TLSv1.3, 16384",
    "ca-ed25519, both, 500"
  })
  void certificatesThatAgree(String authority, String version, int size)
      throws CredentialException {
    Outcome outcome =
        talk(
            tls(authority, "b.test", "a.test", version, size),
            tls(authority, "a.test", "b.test", "both", size));
    assertThat(outcome.server()).isInstanceOf(EapStep.Success.class);
    assertThat(outcome.peer()).isInstanceOf(EapStep.Success.class);
    assertThat(((EapStep.Success) outcome.server()).msk())
        .isEqualTo(((EapStep.Success) outcome.peer()).msk());
    assertThat(((EapStep.Success) outcome.server()).msk().size()).isEqualTo(64);
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.3", "TLSv1.2"})
  void certificatesThatDoNot(String version) throws CredentialException {
    Outcome wrongPeer =
        talk(
            tls("ca-rsa", "b.test", "c.test", version, 1024),
            tls("ca-rsa", "a.test", "b.test", version, 1024));
    assertThat(((EapStep.Failure) wrongPeer.server()).reason())
        .contains("does not name the identity c.test");
    assertThat(wrongPeer.peer()).isInstanceOf(EapStep.Failure.class);
    Outcome wrongServer =
        talk(
            tls("ca-rsa", "b.test", "a.test", version, 1024),
            tls("ca-rsa", "a.test", "b.test", version, 1024, "ca-ecdsa"));
    assertThat(wrongServer.server()).isInstanceOf(EapStep.Failure.class);
    assertThat(wrongServer.peer())
        .isInstanceOfSatisfying(
            EapStep.Failure.class, one -> assertThat(one.reason()).contains("no chain leads"));
    Outcome anybody =
        talk(
            tls("ca-rsa", "b.test", "%any", version, 1024),
            tls("ca-rsa", "a.test", "%any", version, 1024));
    assertThat(anybody.server()).isInstanceOf(EapStep.Success.class);
  }

  @Test
  void methodsAreNegotiated() throws CredentialException {
    MsChapV2Server chap =
        new MsChapV2Server("gateway", user -> secret("pw"), new SplittableRandom(1));
    EapTlsServer tls = new EapTlsServer(tls("ca-rsa", "b.test", "%any", "both", 1024));
    Outcome outcome =
        talk(
            new EapServer(octets("x"), true, List.of(tls, chap), new SplittableRandom(2)),
            chapPeer("carol", "pw"));
    assertThat(outcome.server()).isInstanceOf(EapStep.Success.class);
    Outcome nothing =
        talk(
            new EapServer(
                octets("x"),
                false,
                List.of(new EapTlsServer(tls("ca-rsa", "b.test", "%any", "both", 1024))),
                new SplittableRandom(2)),
            chapPeer("carol", "pw"));
    assertThat(((EapStep.Failure) nothing.server()).reason())
        .isEqualTo("the peer declined every EAP method offered");
    EapPeer peer = chapPeer("carol", "pw");
    assertThat(peer.onPacket(Octets.hex("010900050d")))
        .isEqualTo(new EapStep.Send(Octets.hex("02090006031a")));
    assertThat(peer.onPacket(Octets.hex("01090006" + "0241")))
        .isEqualTo(new EapStep.Send(Octets.hex("0209000502")));
  }

  /** What strongSwan 6.0.6 sends, with one name; the list has no length of its own. */
  @Test
  void authoritiesInACertificateRequestAreNotLookedAt() {
    String algorithms = "000d" + "0004" + "00020403";
    String names = "002f" + "0005" + "0003300131";
    byte[] request = HEX.parseHex("00" + "0011" + algorithms + names);
    assertThat(HEX.formatHex(LenientTlsClient.withoutAuthorities(request)))
        .isEqualTo("00" + "0008" + algorithms);
    for (String odd : List.of("", "00", "01", "000001", "000004002f0005", "00000300ffff")) {
      byte[] octets = HEX.parseHex(odd);
      assertThat(LenientTlsClient.withoutAuthorities(octets)).isEqualTo(octets);
    }
  }

  @Test
  void nonsenseEndsInASentence() throws CredentialException {
    SplittableRandom random = new SplittableRandom(11);
    for (int round = 0; round < 1500; round++) {
      boolean chap = random.nextBoolean();
      TlsSetup setup = tls("ca-ecdsa", "b.test", "%any", "both", 1024);
      EapServer server =
          new EapServer(
              octets("x"),
              false,
              List.of(
                  chap
                      ? new MsChapV2Server("g", user -> secret("pw"), random.split())
                      : new EapTlsServer(setup)),
              random.split());
      EapPeer peer =
          new EapPeer(
              octets("x"),
              List.of(
                  chap
                      ? new MsChapV2Peer("u", secret("pw"), random.split())
                      : new EapTlsPeer(setup)));
      EapStep step = server.begin();
      for (int packet = 0; packet < 8 && step instanceof EapStep.Send send; packet++) {
        byte[] bent = send.packet().toArray();
        int changes = random.nextInt(3);
        for (int change = 0; change < changes && bent.length > 6; change++) {
          bent[5 + random.nextInt(bent.length - 5)] ^= (byte) (1 << random.nextInt(8));
        }
        step = packet % 2 == 0 ? peer.onPacket(Octets.of(bent)) : server.onPacket(Octets.of(bent));
      }
      if (step instanceof EapStep.Failure failure) {
        assertThat(failure.reason()).isNotBlank().doesNotContain("pw");
      }
      if (!chap) {
        round += 60;
      }
    }
  }
}
