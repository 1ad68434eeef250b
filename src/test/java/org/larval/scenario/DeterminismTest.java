package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** One seed gives one outcome, byte for byte; and virtual time the same as real time. */
class DeterminismTest {
  private static final Path LABS = Path.of("src/test/resources/labs");

  @Test
  void oneSeedTwiceIsTheSameByteForByte(@TempDir Path directory) throws Exception {
    String first = runInto(directory.resolve("1"), 7);
    String second = runInto(directory.resolve("2"), 7);
    assertThat(second).isEqualTo(first);
    List<Path> files = files(directory.resolve("1"));
    assertThat(files).hasSize(4);
    for (Path file : files) {
      Path other = directory.resolve("2").resolve(directory.resolve("1").relativize(file));
      assertThat(other).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void anotherSeedIsAnotherRun(@TempDir Path directory) throws Exception {
    assertThat(runInto(directory.resolve("1"), 7)).isNotEqualTo(runInto(directory.resolve("2"), 8));
    assertThat(Files.readAllBytes(directory.resolve("1/street.pcapng")))
        .isNotEqualTo(Files.readAllBytes(directory.resolve("2/street.pcapng")));
  }

  /** The report and the ledger as text, without the names of the captures. */
  private static String runInto(Path directory, long seed) {
    LabFile file = LabFileReader.read(LABS.resolve("rough-street.yaml"));
    LabRun run = LabRun.run(file, RunOptions.PLAIN.withSeed(seed).capturing(directory));
    StringBuilder text = new StringBuilder();
    run.ledger()
        .flows()
        .forEach(
            flow -> {
              for (int i = 0; i < flow.offered(); i++) {
                text.append(flow.number())
                    .append(' ')
                    .append(i)
                    .append(' ')
                    .append(flow.fate(i))
                    .append(' ')
                    .append(flow.offeredAt(i))
                    .append(' ')
                    .append(flow.latency(i))
                    .append(' ')
                    .append(flow.reason(i))
                    .append('\n');
              }
            });
    return text + JsonText.of(run.report()).replace(directory.toString(), "");
  }

  private static List<Path> files(Path directory) throws Exception {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void realTimeHasTheSameOutcome() throws Exception {
    String text = Files.readString(LABS.resolve("both-times.yaml"));
    RunReport virtual = report(text);
    RunReport real = report("time: real\n" + text);
    assertThat(real.time()).isEqualTo("real");
    assertThat(counts(real)).isEqualTo(counts(virtual));
    assertThat(real.acquires()).isEqualTo(virtual.acquires());
    assertThat(real.packets().balances()).isTrue();
  }

  private static RunReport report(String text) {
    return LabRun.run(LabFileReader.parse("both-times.yaml", text), RunOptions.PLAIN).report();
  }

  private static List<List<Integer>> counts(RunReport report) {
    return report.flows().stream().map(DeterminismTest::counts).toList();
  }

  private static List<Integer> counts(FlowReport flow) {
    return List.of(
        flow.offered(),
        flow.delivered(),
        flow.lostTotal(),
        flow.refusedTotal(),
        flow.asleep(),
        flow.held(),
        flow.leakedInClear());
  }

  @Test
  void realTimePassesWhileTheCallerWaits() throws Exception {
    String text = "time: real\n" + Files.readString(LABS.resolve("both-times.yaml"));
    LabFile file = LabFileReader.parse("both-times.yaml", text);
    try (LabRun run = LabRun.start(file, RunOptions.PLAIN)) {
      await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> run.now() > Duration.ofMillis(300).toNanos());
      LabAssertions.assertThat(run).balances().flow(1).delivered(10);
    }
  }
}
