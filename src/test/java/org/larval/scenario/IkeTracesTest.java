package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.cli.Main;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a lab captures is read with the tables that it writes beside it: every message of it. */
class IkeTracesTest {
  private static final String SUITES =
      """
      aes128gcm16-prfsha256-x25519              | aes128gcm16
      aes256gcm12-prfsha384-ecp384              | aes256gcm12-ecp384
      aes192gcm8-prfsha512-modp2048             | aes192gcm8
      aes256-sha256-modp2048                    | aes256-sha256
      aes192-sha384-ecp521                      | aes192-sha384-modp2048
      aes128-sha1-prfsha1-x448                  | aes128-sha1
      aes128ctr-sha512-prfsha512-ecp256bp       | aes128ctr-sha512
      chacha20poly1305-prfsha256-ecp256         | chacha20poly1305-x25519
      aes128ccm16-prfsha256-x25519              | null-sha256
      aes256gcm16-prfsha384-x25519-ke1_mlkem768 | aes256gcm16-x25519-ke1_mlkem512
      """;

  @TempDir private Path directory;

  /** Everything that there is to replace is replaced within 4 s. */
  private Path capture(String ike, String esp) {
    String text =
        """
        lab: traces
        seed: 3
        until: 4s
        guests:
          a: {nic: [10.0.0.1/24, fd00::1/64], pcap: a.pcapng}
          b: {nic: [10.0.0.2/24, fd00::2/64]}
        links:
          - {between: [a, b], delay: 5ms, pcap: ab.pcapng}
        keys:
          - {between: [a, b], by: ike, ike: %s, esp: %s, rekey-after: 1s, ike-rekey-after: 1500ms,
             reauth-after: 3s}
        traffic:
          - {from: a, to: b, udp: 7, every: 20ms, count: 180}
          - {from: b, to: a, ping: yes, family: ipv6, every: 100ms, count: 30}
        """;
    LabRun run =
        LabRun.run(
            LabFileReader.parse("traces", text.formatted(ike, esp)),
            RunOptions.PLAIN.capturing(directory));
    LabAssertions.assertThat(run).balances().leaksNothing();
    assertThat(run.report().ike()).noneMatch(line -> line.contains("no name for"));
    assertThat(run.report().flows().getFirst().delivered()).isGreaterThan(170);
    return directory.resolve("ab.pcapng");
  }

  private static Path beside(Path capture, String suffix) {
    return capture.resolveSibling(capture.getFileName() + suffix);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = SUITES)
  void larvalShowReadsEverything(String ike, String esp) throws IOException {
    Path link = capture(ike, esp);
    for (Path capture : List.of(link, directory.resolve("a.pcapng"))) {
      Path table = beside(capture, ".ikev2_decryption_table");
      Path sas = beside(capture, ".esp_sa");
      for (Path keys : List.of(table, sas)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
            .isEqualTo("rw-------");
      }
      StringWriter out = new StringWriter();
      StringWriter complaints = new StringWriter();
      int code =
          Main.run(
              new PrintWriter(out),
              new PrintWriter(complaints),
              "show",
              capture.toString(),
              "--ikev2-table",
              table.toString(),
              "--esp-sa",
              sas.toString(),
              "--format",
              "json");
      assertThat(code).as(complaints.toString()).isZero();
      JsonNode totals = JsonMapper.shared().readTree(out.toString()).get("totals");
      assertThat(totals.get("failed").asInt()).isZero();
      assertThat(totals.get("encrypted").asInt()).isGreaterThan(20);
      assertThat(totals.get("decrypted")).isEqualTo(totals.get("encrypted"));
      assertThat(totals.get("esp").asInt()).isGreaterThan(200);
      assertThat(totals.get("esp-decrypted")).isEqualTo(totals.get("esp"));
    }
  }

  /** Wireshark 4.0 takes one set of keys for an IKE SA, and knows no ChaCha20. */
  @Tag("interop")
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = SUITES)
  void wiresharkReadsEverything(String ike, String esp) throws Exception {
    assumeTrue(!ike.contains("mlkem") && !ike.contains("chacha"), "not for Wireshark 4.0");
    Path capture = capture(ike, esp);
    Path profile = directory.resolve("profile");
    Files.createDirectories(profile);
    Files.copy(
        beside(capture, ".ikev2_decryption_table"), profile.resolve("ikev2_decryption_table"));
    Files.copy(beside(capture, ".esp_sa"), profile.resolve("esp_sa"));
    List<String> lines = tshark(profile, capture);
    int encrypted = 0;
    int esps = 0;
    for (String line : lines) {
      String[] cells = line.split("\\|", -1);
      if (cells[0].contains(":isakmp")) {
        if (!cells[1].equals("34")) {
          encrypted++;
          assertThat(cells[2]).as(line).isNotEmpty();
        }
      } else if (cells[0].contains(":esp")) {
        esps++;
        assertThat(cells[0]).as(line).matches(".*:esp:.*(udp|icmpv6).*");
        assertThat(cells[3]).as(line).doesNotContain("1");
      }
    }
    assertThat(encrypted).isGreaterThan(20);
    assertThat(esps).isGreaterThan(200);
  }

  private static List<String> tshark(Path profile, Path capture)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("tshark", "-r", capture.toString(), "-T", "fields"));
    command.addAll(List.of("-o", "esp.enable_encryption_decode:TRUE"));
    command.addAll(List.of("-o", "esp.enable_authentication_check:TRUE", "-E", "separator=|"));
    for (String field :
        List.of("frame.protocols", "isakmp.exchangetype", "isakmp.enc.decrypted", "esp.icv_bad")) {
      command.addAll(List.of("-e", field));
    }
    Path errors = profile.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("WIRESHARK_CONFIG_DIR", profile.toString());
    Process process = null;
    try {
      process = builder.start();
    } catch (IOException e) {
      assumeTrue(false, "tshark is not installed: " + e.getMessage());
    }
    if (process == null) {
      return List.of();
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    assertThat(Files.readAllLines(errors))
        .allMatch(line -> line.startsWith("Running as user \"root\""));
    return output.lines().toList();
  }

  @Test
  void whatHasNoNameIsSaid() throws IOException {
    String text =
        """
        lab: nameless
        until: 1s
        guests:
          a: {nic: 10.0.0.1/24}
          b: {nic: 10.0.0.2/24}
        links:
          - {between: [a, b], pcap: ab.pcapng}
        keys:
          - {between: [a, b], by: ike, esp: aes128ccm16}
        traffic:
          - {from: a, to: b, udp: 7, count: 5}
        """;
    LabRun run =
        LabRun.run(LabFileReader.parse("nameless", text), RunOptions.PLAIN.capturing(directory));
    assertThat(run.report().ike())
        .anyMatch(line -> line.contains("Wireshark's tables have no name for esp:aes128ccm16"));
    assertThat(Files.size(directory.resolve("ab.pcapng.esp_sa"))).isZero();
    assertThat(Files.size(directory.resolve("ab.pcapng.ikev2_decryption_table"))).isPositive();
  }
}
