package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** Programs that play guests start, stop and die with their lab. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class ProgramsTest {
  /** Tells its own number and that of a child, and stays. */
  private static final String STAYS = "sleep 1000 & echo pids $$ $!; wait";

  @TempDir private Path folder;

  @BeforeEach
  void setsid() {
    boolean there = Files.isExecutable(Path.of("/usr/bin/setsid"));
    if (!there) {
      System.out.println("skipped: no setsid; install util-linux");
    }
    assumeTrue(there, "no setsid");
  }

  private Path log() {
    return folder.resolve("c.log");
  }

  private String lab(String script, String more, String changes) {
    return """
    lab: programs
    time: real
    until: 30s
    guests:
      a: {nic: 10.0.0.1/24}
      c:
        nic: 10.0.0.3/24
        outside: {netfile: "%s"}
        process: {run: [sh, -c, "%s"], env: {WORD: hello}, log: "%s"%s}
    links: [{between: [a, c]}]
    changes: [%s]
    """
        .formatted(folder.resolve("c.nic"), script, log(), more, changes);
  }

  private static LabFile read(String text) {
    return LabFileReader.parse("programs.yaml", text);
  }

  /** Processes that the log names after a word. */
  private List<ProcessHandle> named() throws IOException {
    return Files.readAllLines(log()).stream()
        .filter(line -> line.startsWith("pids "))
        .flatMap(line -> List.of(line.substring(5).split(" ")).stream())
        .map(Long::valueOf)
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .toList();
  }

  @Test
  void endsWithItsLab() throws Exception {
    String text = lab(STAYS.replace("pids", "$WORD; echo pids"), ", ready: \"pids [0-9]\"", "");
    try (LabRun run = LabRun.start(read(text), RunOptions.PLAIN)) {
      assertThat(Files.readString(log())).startsWith("hello\n");
      assertThat(named()).hasSize(2);
      run.runFor(Duration.ofMillis(100));
      run.stop();
      assertThat(run.report().happened()).isEmpty();
    }
    await().until(() -> named().isEmpty());
  }

  @Test
  void diesWithAKilledLab() throws Exception {
    Path file = folder.resolve("lab.yaml");
    Files.writeString(file, lab("trap '' TERM; " + STAYS, ", ready: pids", ""));
    try (LarvalProcess lab = LarvalProcess.start(folder, "up", "up", file.toString())) {
      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> Files.exists(log()) && named().size() == 2);
      lab.kill();
      await().until(() -> named().isEmpty());
    }
  }

  @Test
  void endsOnItsOwnWords() throws Exception {
    Path file = folder.resolve("lab.yaml");
    Files.writeString(file, lab(STAYS, ", ready: pids", ""));
    try (LarvalProcess lab =
        LarvalProcess.start(folder, "up", "up", "--format", "json", file.toString())) {
      await().atMost(Duration.ofSeconds(40)).until(() -> lab.said().contains("are ready"));
      assertThat(named()).hasSize(2);
      lab.stop();
      assertThat(lab.status()).as(lab.said()).isZero();
      await().until(() -> named().isEmpty());
      assertThat(lab.report(RunReport.class).endedMs()).isLessThan(30_000);
    }
  }

  @Test
  void obeysChanges() throws Exception {
    String changes =
        """
        {at: 100ms, guest: c, do: stop}, {at: 200ms, guest: c, do: start},
        {at: 600ms, guest: c, do: pause}, {at: 700ms, guest: c, do: resume},
        {at: 800ms, guest: c, do: kill}, {at: 1400ms, guest: c, do: restart}
        """
            .strip();
    String text = lab(STAYS, ", ready: pids, start: no", changes);
    try (LabRun run = LabRun.start(read(text), RunOptions.PLAIN)) {
      assertThat(Files.exists(log())).isFalse();
      run.runFor(Duration.ofMillis(2500));
      await().until(() -> named().size() == 2);
      run.stop();
      assertThat(run.report().happened())
          .extracting(line -> line.replaceFirst("^[0-9.]+ c: ", ""))
          .containsExactly(
              "its program does not run",
              "its program was started",
              "paused",
              "resumed",
              "killed",
              "its program ended by signal 9",
              "its program was started");
    }
    await().until(() -> named().isEmpty());
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> start("exit 3", ", ready: pids"))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining("programs.yaml:8:14: guest 'c': its program ended with status 3")
        .hasMessageContaining("see " + log());
    assertThatThrownBy(() -> start("sleep 100", ", ready: pids, within: 300ms"))
        .hasMessageContaining("it was not ready within 300 ms");
    String missing = lab("true", "", "").replace("[sh,", "[there-is-no-such-program,");
    assertThatThrownBy(() -> LabRun.start(read(missing), RunOptions.PLAIN))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining("there is no program 'there-is-no-such-program'; install it");
    String machine =
        lab("true", "", "")
            .replaceFirst(
                "netfile: \"[^\"]*\"", "dgram: {here: 127.0.0.1:7701, there: 127.0.0.1:7702}")
            .replaceFirst(
                "process: .*\\n", "qemu: {kernel: no-kernel, console: " + folder + "/con}\n");
    assertThatThrownBy(() -> LabRun.start(read(machine), RunOptions.PLAIN))
        .isInstanceOf(LabFileException.class)
        .message()
        .containsAnyOf("'no-kernel' cannot be read", "no program 'qemu-system-x86_64'");
  }

  private void start(String script, String more) {
    try (LabRun run = LabRun.start(read(lab(script, more, "")), RunOptions.PLAIN)) {
      throw new AssertionError("it began at " + run.now());
    }
  }
}
