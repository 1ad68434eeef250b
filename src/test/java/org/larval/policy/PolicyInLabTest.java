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
    assertThat(lab).flow(2).offered(5).leakedInClear(5);
    assertThat(lab).flow(3).offered(5).leakedInClear(5);
    String of = " tcontext=system_u:object_r:internal_spd_t:s0 tclass=association permissive=0";
    Assertions.assertThat(lab.audit().stream().map(AuditRecord::text).distinct())
        .containsExactlyInAnyOrder(
            "avc:  denied  { polmatch } for  pid=0 comm=\"swapper/0\""
                + " scontext=staff_u:user_r:external_browser_t:s0"
                + of,
            "avc:  denied  { polmatch } for  pid=0 comm=\"swapper/0\""
                + " scontext=staff_u:user_r:internal_browser_t:s1"
                + of);
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
