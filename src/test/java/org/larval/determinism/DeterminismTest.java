package org.larval.determinism;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** One seed repeats a run byte for byte; virtual and real time come to the same outcome. */
class DeterminismTest {
  private static final String LAB =
      """
      lab: determinism
      seed: 5
      until: 20s
      guests:
        a: {nic: 10.0.0.1/24, sa-miss: larval, pcap: a.pcapng}
        b: {nic: 10.0.0.2/24, sa-miss: larval}
        c: {nic: 10.0.0.3/24, sa-miss: linux-queue}
      bridges: [br0]
      links:
        - {between: [a, br0], delay: 5ms, jitter: 3ms, loss: 5%, pcap: wire.pcapng}
        - {between: [b, br0], delay: 5ms, duplicate: 3%, corrupt: 1%}
        - {between: [c, br0], delay: 5ms, rate: 5mbit, reorder: 10%}
      keys:
        - {between: [a, b], answer-after: 150ms}
        - {between: [c, b], answer-after: 250ms}
      traffic:
        - {from: a, to: b, udp: 5000, every: 3ms, count: 300}
        - {from: c, to: b, tcp: 6000, echo: 20}
        - {from: c, to: b, bulk: 6001, bytes: 100kB}
        - {from: a, to: b, ping: yes, every: 50ms, count: 20}
      """;

  @TempDir Path directory;

  @SuppressWarnings("ArrayRecordComponent") // compared one by one
  private record Outcome(String json, byte[] wire, byte[] guest, byte[] keys) {}

  private Outcome run(long seed, String name) throws Exception {
    Path under = directory.resolve(name);
    LabRun run =
        LabRun.run(
            LabFileReader.parse("determinism.yaml", LAB),
            RunOptions.PLAIN.withSeed(seed).capturing(under));
    String json = JsonText.of(run.report()).replace(under.toString(), "");
    return new Outcome(
        json,
        Files.readAllBytes(under.resolve("wire.pcapng")),
        Files.readAllBytes(under.resolve("a.pcapng")),
        Files.readAllBytes(under.resolve("wire.pcapng.esp_sa")));
  }

  @Test
  void oneSeedRepeatsEveryByte() throws Exception {
    Outcome once = run(5, "once");
    Outcome again = run(5, "again");
    assertThat(again.json()).isEqualTo(once.json());
    assertThat(again.wire()).isEqualTo(once.wire());
    assertThat(again.guest()).isEqualTo(once.guest());
    assertThat(again.keys()).isEqualTo(once.keys());
  }

  @Test
  void anotherSeedIsAnotherRun() throws Exception {
    Outcome once = run(5, "five");
    Outcome other = run(6, "six");
    assertThat(other.json().replace("\"seed\" : 6", "\"seed\" : 5")).isNotEqualTo(once.json());
    assertThat(other.wire()).isNotEqualTo(once.wire());
    assertThat(other.keys()).isNotEqualTo(once.keys());
  }

  /** No loss and wide margins, so that the counts do not depend on the machine's punctuality. */
  private static final String CALM =
      """
      lab: calm
      %s
      until: 3s
      guests:
        a: {nic: 10.0.0.1/24, sa-miss: larval}
        b: {nic: 10.0.0.2/24}
      links:
        - {between: [a, b], delay: 5ms}
      keys:
        - {between: [a, b], answer-after: 410ms}
      traffic:
        - {from: a, to: b, udp: 5000, every: 100ms, count: 15}
        - {from: a, to: b, ping: yes, every: 100ms, count: 15}
        - {from: a, to: b, tcp: 6000, echo: 5}
      """;

  @Test
  void realTimeComesToTheSameOutcome() {
    LabFile real = LabFileReader.parse("real.yaml", CALM.formatted("time: real"));
    LabFile virtual = LabFileReader.parse("virtual.yaml", CALM.formatted("time: virtual"));
    RunReport expected = LabRun.run(virtual, RunOptions.PLAIN).report();
    try (LabRun run = LabRun.start(real, RunOptions.PLAIN)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> run.now() >= Duration.ofSeconds(3).toNanos());
      RunReport actual = run.report();
      assertThat(actual.packets().balances()).isTrue();
      for (int i = 0; i < expected.flows().size(); i++) {
        FlowReport there = actual.flows().get(i);
        FlowReport here = expected.flows().get(i);
        assertThat(there.offered()).as(here.kind()).isEqualTo(here.offered());
        assertThat(there.delivered()).as(here.kind()).isEqualTo(here.delivered());
        assertThat(there.lostTotal()).as(here.kind()).isEqualTo(here.lostTotal());
        assertThat(there.refusedTotal()).as(here.kind()).isEqualTo(here.refusedTotal());
        assertThat(there.leakedInClear()).as(here.kind()).isEqualTo(here.leakedInClear());
        assertThat(there.everHeld()).as(here.kind()).isEqualTo(here.everHeld());
      }
    }
  }
}
