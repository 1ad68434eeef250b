package org.larval.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running daemon prints as JSON, and whose labels it takes. */
class IkeDaemonTest {
  private static final String GENERIC = "system_u:object_r:vpn_spd_t:s0";
  private static final String PLAIN = "mode: tunnel, local-ts: 10.1.0.0/16, remote-ts: 10.2.0.0/16";
  private static final String TURNED =
      "mode: tunnel, local-ts: 10.2.0.0/16, remote-ts: 10.1.0.0/16";

  @TempDir private Path directory;

  private static Schema schema() throws Exception {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(
            Files.readString(Path.of("docs", "schema", "ike.schema.json")), InputFormat.JSON);
  }

  @Test
  void answersAreWhatTheSchemaSays() throws Exception {
    Schema schema = schema();
    try (TwoDaemons daemons = new TwoDaemons(directory, PLAIN, TURNED, "")) {
      String[] answers = {
        daemons.say("status"),
        daemons.say("initiate", "gw", "--child", "net"),
        daemons.say("rekey", "gw", "--wait", "0"),
        daemons.say("status"),
        daemons.say("rekey", "gw", "--child", "nothing"),
        daemons.say("terminate", "gw")
      };
      for (String answer : answers) {
        assertThat(schema.validate(answer, InputFormat.JSON)).as(answer).isEmpty();
      }
      assertThat(answers[0]).contains("\"sas\":[]");
      assertThat(answers[1]).contains("\"done\":true");
      String status = answers[3];
      assertThat(status).contains("10.1.0.0/16", "\"packets-in\":null", "\"reqid\":");
      assertThat(answers[4]).contains("\"done\":false", "gw/nothing");
      // a schema that allowed anything would pass as well
      assertThat(schema.validate(status.replace("\"tunnel\"", "\"pipe\""), InputFormat.JSON))
          .isNotEmpty();
      assertThat(schema.validate(status.replace("\"reqid\"", "\"rid\""), InputFormat.JSON))
          .hasSize(2);
      assertThat(schema.validate(status.replace("\"in\":\"", "\"in\":\"x"), InputFormat.JSON))
          .isNotEmpty();
    }
  }

  private String labelled(String label, String policy, int seconds) throws Exception {
    String child = ", label: \"%s\", label-mode: %s";
    try (TwoDaemons daemons =
        new TwoDaemons(
            directory,
            PLAIN + child.formatted(label, "simple"),
            TURNED + child.formatted(GENERIC, "selinux"),
            policy)) {
      return daemons.say("initiate", "gw", "--child", "net", "--wait", "" + seconds)
          + daemons.say("status")
          + daemons.log();
    }
  }

  /** The label of whom examples/policies/office.yaml allows polmatch, and no other. */
  @Test
  void labelsAreTakenByThePolicy() throws Exception {
    Path office = Path.of("examples", "policies", "office.yaml").toAbsolutePath();
    String policy = "policy: " + office + "\n";
    String allowed = "system_u:system_r:external_browser_t:s0";
    assertThat(labelled(allowed, policy, 30))
        .contains("net is established", "\"label\":\"" + allowed + "\"");
    assertThat(labelled("system_u:system_r:internal_browser_t:s0", policy, 3))
        .doesNotContain("net is established")
        .contains("TS_UNACCEPTABLE");
    // what the policy does not know
    assertThat(labelled("system_u:system_r:stranger_t:s0", policy, 3)).contains("TS_UNACCEPTABLE");
    // and without a policy each label is for itself alone
    assertThat(labelled(allowed, "", 3)).contains("TS_UNACCEPTABLE");
    assertThat(labelled(GENERIC, "", 30)).contains("net is established");
  }
}
