package org.larval.policy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.larval.lab.junit.LabAssertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.Errno;

/** A lab whose labels a binary policy decides about. */
class PolicyInLabTest {
  private static final Path LAB = Path.of("src/test/resources/labs/tiny-policy.yaml");

  private static LabRun run(String text) {
    return LabRun.run(LabFileReader.parse(LAB.toString(), text), RunOptions.PLAIN);
  }

  @Test
  void whoMayNotMatchThePolicyLeavesInClear() throws IOException {
    LabRun lab = run(Files.readString(LAB));
    assertThat(lab).flow(1).offered(5).leakedInClear(0);
    assertThat(lab).flow(2).refused(Errno.ECONNREFUSED, 5).leakedInClear(0);
    assertThat(lab).flow(3).offered(5).leakedInClear(5);
    String idle = " for  pid=0 comm=\"swapper/0\"";
    String guest = " for  pid=0 comm=\"a\"";
    String browser = " scontext=staff_u:user_r:external_browser_t:s0";
    String spd = " tcontext=system_u:object_r:internal_spd_t:s0 tclass=association permissive=0";
    Assertions.assertThat(
            lab.audit().stream()
                .map(record -> record.text().replaceAll("src=\\d+", "src=PORT"))
                .distinct())
        .containsExactlyInAnyOrder(
            "avc:  denied  { polmatch }" + idle + browser + spd,
            "avc:  granted  { send }"
                + guest
                + " saddr=10.0.0.1 src=PORT daddr=10.0.0.2 dest=5001 netif=eth0"
                + browser
                + " tcontext=system_u:object_r:external_packet_t:s0 tclass=packet",
            "avc:  denied  { egress }"
                + guest
                + " saddr=10.0.0.1 src=PORT daddr=10.0.0.2 dest=5001 netif=eth0"
                + browser
                + " tcontext=system_u:object_r:internal_netif_t:s0-s2:c0.c255 tclass=netif"
                + " permissive=0",
            "avc:  denied  { polmatch }"
                + idle
                + " scontext=staff_u:user_r:internal_browser_t:s1"
                + spd);
  }

  @Test
  void permissiveLogsOnceAndProtects() throws IOException {
    LabRun lab = run(Files.readString(LAB).replace("enforcing: true", "enforcing: false"));
    assertThat(lab).leaksNothing();
    Assertions.assertThat(lab.audit().stream().filter(record -> record.text().contains("polmatch")))
        .hasSize(2)
        .allMatch(AuditRecord::permissive);
  }

  @Test
  void mistakesNameThePlaceAndTheRemedy() throws IOException {
    String text = Files.readString(LAB);
    complains(
        text.replace("internal_browser_t:s0", "internal_brwser_t:s0"),
        "there is no type 'internal_brwser_t' in this policy; did you mean internal_browser_t");
    complains(
        text.replace("allow_browser_dmz: on", "allow_browser: on"),
        "there is no boolean 'allow_browser' in this policy; 'larval policy booleans");
    complains(text.replace("tiny.33.gz", "tiny.99.gz"), "there is no file ");
    complains(text.replace("enforcing: true", "rules: []\n  rule: x"), "no key 'rule'");
    complains(
        text.replace("  enforcing: true", "  rules: [\"allow a_t b_t:peer recv;\"]"),
        "'policy' has both 'file' and 'rules'; keep one of them");
  }

  private static void complains(String text, String words) {
    assertThatThrownBy(() -> run(text))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining(words)
        .hasMessageStartingWith(LAB + ":");
  }
}
