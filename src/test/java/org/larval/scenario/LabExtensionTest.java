package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.larval.lab.cli.Main;
import org.larval.lab.junit.Lab;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.run.LabRun;
import org.larval.packet.Errno;

/** The extension itself: what it gives to a test, and what a failing test prints. */
@Lab("labs/both-times.yaml")
class LabExtensionTest {
  @Test
  void theRunHasNotBegun(LabRun lab) {
    assertThat(lab.now()).isZero();
    assertThat(lab.ledger().flow(1).offered()).isZero();
  }

  @Test
  void timeCanPassStepByStep(LabRun lab) {
    lab.runFor(Duration.ofMillis(250));
    assertThat(lab.now()).isEqualTo(Duration.ofMillis(250).toNanos());
    assertThat(lab.ledger().flow(1).offered()).isEqualTo(3);
    lab.runFor(Duration.ofMillis(100));
    assertThat(lab.ledger().flow(1).offered()).isEqualTo(4);
    LabAssertions.assertThat(lab).balances().flow(1).delivered(10);
  }

  @Test
  @Lab(value = "labs/both-times.yaml", seed = 99, saMiss = "eagain")
  void theMethodsAnnotationWins(LabRun lab) {
    assertThat(lab.seed()).isEqualTo(99);
    LabAssertions.assertThat(lab).flow(1).refused(Errno.EAGAIN, 3);
  }

  @Test
  @Lab("examples/two-guests.yaml")
  void aFileNeedNotBeAResource(LabRun lab) {
    LabAssertions.assertThat(lab).meetsExpectations();
  }

  @Nested
  class Inside {
    @Test
    void theOuterClassesLabIsFound(LabRun lab) {
      assertThat(lab.file().name()).isEqualTo("both-times");
    }
  }

  /** Run by the tests below only: Maven does not look for tests in nested static classes. */
  static class ExpectsTooMuch {
    @Test
    @Lab(value = "labs/both-times.yaml", seed = 5, saMiss = "linux-default")
    void nothingIsLost(LabRun lab) {
      LabAssertions.assertThat(lab).flow(1).lost(0);
    }
  }

  static class NamesNoLab {
    @Test
    void hasNoAnnotation(LabRun lab) {
      lab.finish();
    }
  }

  static class NamesAMissingLab {
    @Test
    @Lab("labs/missing.yaml")
    void hasNoFile(LabRun lab) {
      lab.finish();
    }
  }

  @Test
  void aFailingTestPrintsHowToRepeatIt() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    TestExecutionSummary summary;
    try (PrintStream caught = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setErr(caught);
      summary = launch(ExpectsTooMuch.class);
    } finally {
      System.setErr(before);
    }
    assertThat(summary.getTestsFailedCount()).isEqualTo(1);
    assertThat(summary.getFailures().getFirst().getException())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("expected 0 lost of flow 1, but they are 3");
    String block = bytes.toString(StandardCharsets.UTF_8);
    String command =
        "explain src/test/resources/labs/both-times.yaml --flow 1 --message 0 --seed 5"
            + " --sa-miss linux-default";
    assertThat(block)
        .containsOnlyOnce("larval: lab test ExpectsTooMuch.nothingIsLost failed")
        .contains("seed: 5\n")
        .contains("lab: src/test/resources/labs/both-times.yaml\n")
        .contains("again: ./larval " + command + "\n")
        .contains("xfrm-out-no-states: the SA does not exist yet");

    Matcher capture = Pattern.compile("(?m)^capture: (.+)$").matcher(block);
    assertThat(capture.find()).isTrue();
    assertThat(capture.group(1)).startsWith("target/larval/ExpectsTooMuch.nothingIsLost/");
    assertThat(Files.size(Path.of(capture.group(1)))).isPositive();

    StringWriter again = new StringWriter();
    int code = Main.run(new PrintWriter(again), new PrintWriter(again, true), command.split(" "));
    assertThat(code).isZero();
    assertThat(block).contains(again.toString());
  }

  @Test
  void wrongUseIsExplained() {
    assertThat(launch(NamesNoLab.class).getFailures().getFirst().getException())
        .hasMessageContaining("LabRun");
    assertThat(launch(NamesAMissingLab.class).getFailures().getFirst().getException())
        .hasMessageContaining("there is no lab file 'labs/missing.yaml'");
  }

  private static TestExecutionSummary launch(Class<?> test) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(test)).build(),
            listener);
    return listener.getSummary();
  }
}
