package org.larval.ike.eap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Revocation;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.crypto.Secret;
import org.larval.ike.golden.GoldenExchange;

/** The key of EAP-TLS is the one that OpenSSL exports. */
@Tag("interop")
class OpenSslTlsTest {
  @TempDir Path place;

  private Path file(String name) throws IOException {
    return Files.write(
        place.resolve(name.substring(name.lastIndexOf('/') + 1)), GoldenExchange.read(name));
  }

  @ParameterizedTest
  @CsvSource({
    "server, TLSv1.2, ca-ecdsa",
    "server, TLSv1.3, ca-ecdsa",
    "server, TLSv1.3, ca-ed25519",
    "client, TLSv1.2, ca-rsa",
    "client, TLSv1.3, ca-rsa",
    "client, TLSv1.3, ca-ed25519"
  })
  void exportsTheSameKey(String theirRole, String version, String authority) throws Exception {
    String pki = "pki/" + authority + "/";
    try (var script = OpenSslTlsTest.class.getResourceAsStream("/eap/openssl-tls.py")) {
      Files.copy(script, place.resolve("tls.py"));
    }
    Process process =
        new ProcessBuilder(
                "python3",
                place.resolve("tls.py").toString(),
                theirRole,
                version,
                file(pki + "b.test.crt").toString(),
                file(pki + "b.test.key").toString(),
                file(pki + "ca.crt").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    TlsSetup setup =
        new TlsSetup(
            Credentials.signingKey(GoldenExchange.read(pki + "a.test.key"), null),
            Credentials.certificates(GoldenExchange.read(pki + "a.test.crt")),
            new CertificateChecks(
                Credentials.certificates(GoldenExchange.read(pki + "ca.crt")),
                List.of(),
                Revocation.RELAXED,
                SignatureRules.STRICT),
            Identity.parse("b.test"),
            Instant.parse("2026-11-21T12:00:00Z"),
            new SplittableRandom(1),
            TlsSetup.VERSIONS,
            1024);
    TlsConversation ours = new TlsConversation(setup, theirRole.equals("client"));
    try (PrintWriter to =
            new PrintWriter(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        BufferedReader from =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      byte[] say = theirRole.equals("server") ? ours.feed(new byte[0]) : new byte[0];
      boolean theyAreDone = false;
      for (int round = 0; round < 8 && !(theyAreDone && ours.finished()); round++) {
        to.println(HexFormat.of().formatHex(say));
        String[] answer = from.readLine().split(" ", 2);
        theyAreDone = answer[0].equals("done");
        say = ours.feed(HexFormat.of().parseHex(answer[1]));
        assertThat(ours.failure()).isNull();
      }
      assertThat(theyAreDone && ours.finished()).isTrue();
      to.println("msk");
      assertThat(Secret.taking(HexFormat.of().parseHex(from.readLine()))).isEqualTo(ours.msk());
    } finally {
      process.destroy();
    }
  }
}
