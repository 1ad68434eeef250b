package org.larval.labels.avc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.labels.Sids;
import org.larval.labels.why.TinyPolicy;

/** SELinux' own tools read our audit records, and say what our explanations say. */
@Tag("interop")
class AuditToolsTest {
  @TempDir private Path directory;

  private final LivePolicy live = new LivePolicy(TinyPolicy.server("tiny.33").policy(), true);
  private final Sids sids = new Sids();
  private final List<String> lines = new ArrayList<>();
  private final LoadedPolicy policy =
      new LoadedPolicy(
          live, sids, record -> lines.add(record.line(1_700_000_000_000L, lines.size() + 1L)));
  private Path log = Path.of("audit.log");
  private Path binary = Path.of("tiny.33");

  @BeforeEach
  void deny() throws IOException {
    AuditData data =
        new AuditData(
            1635, "ssh", AuditData.Network.packet("10.0.0.1", 52394, "10.0.0.2", 80, "eth0"));
    String browser = "staff_u:user_r:internal_browser_t:";
    String svirt = "system_u:system_r:svirt_t:";
    ask(browser + "s0", "system_u:object_r:external_packet_t:s0", "packet", "send", data);
    ask(browser + "s0", "system_u:object_r:dmz_netif_t:s0", "netif", "egress", data);
    ask(browser + "s0", browser + "s0", "peer", "recv", data);
    ask(browser + "s1", "system_u:object_r:internal_packet_t:s0", "packet", "recv", data);
    ask(svirt + "s0:c1,c2", svirt + "s0:c3,c4", "peer", "recv", data);
    assertThat(lines).hasSize(5);
    log = directory.resolve("audit.log");
    Files.write(log, lines);
    binary = directory.resolve("tiny.33");
    try (GZIPInputStream in =
        new GZIPInputStream(
            Objects.requireNonNull(
                AuditToolsTest.class.getResourceAsStream("/policydb/tiny.33.gz")))) {
      Files.write(binary, in.readAllBytes());
    }
  }

  private void ask(
      String source, String target, String securityClass, String permission, AuditData data) {
    policy.decide(sids.sid(source), sids.sid(target), securityClass, permission, () -> data);
  }

  private static String run(String... words) throws IOException, InterruptedException {
    boolean there =
        Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, words[0])));
    if (!there) {
      System.out.println("skipped: " + words[0] + " is not installed");
    }
    assumeTrue(there, words[0] + " is not installed");
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  @Test
  void ausearchFindsEveryRecord() throws IOException, InterruptedException {
    String found = run("ausearch", "-if", log.toString(), "-m", "AVC", "--raw");
    assertThat(found.lines()).containsExactlyElementsOf(lines);
    String one = run("ausearch", "-if", log.toString(), "-se", "svirt_t", "-c", "ssh", "--raw");
    assertThat(one.lines()).containsExactly(lines.get(4));
  }

  @Test
  void audit2allowWritesTheRulesThatWeWrite() throws IOException, InterruptedException {
    String rules = run("audit2allow", "-p", binary.toString(), "-i", log.toString());
    assertThat(rules.lines())
        .contains(
            "allow internal_browser_t external_packet_t:packet send;",
            "allow internal_browser_t self:peer recv;");
  }

  @Test
  void audit2whySeesTheCausesThatWeSee() throws IOException, InterruptedException {
    String why = run("audit2why", "-p", binary.toString(), "-i", log.toString());
    String[] causes = why.split("type=AVC", -1);
    assertThat(causes).hasSize(6);
    assertThat(causes[1]).contains("Missing type enforcement");
    assertThat(causes[2]).contains("allow_browser_dmz");
    assertThat(causes[3]).contains("Missing type enforcement");
    assertThat(causes[4]).contains("Constraint rule:", "(l1 domby h2 -Fail-)");
    assertThat(causes[5]).contains("Constraint rule:", "(h1 eq h2 -Fail-)");
  }
}
