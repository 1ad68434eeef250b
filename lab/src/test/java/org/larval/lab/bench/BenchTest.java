package org.larval.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.Roundabout;
import org.larval.lab.run.RunOptions;
import org.larval.lab.run.Shuttle;
import org.larval.xfrm.crypto.CryptoChoice;

/** Whether benchmarks do what they count; never how fast. */
class BenchTest {
  @ParameterizedTest
  @EnumSource(Bench.class)
  void everyBenchmarkRunsThrough(Bench bench) {
    List<String> told = new ArrayList<>();
    BenchReport report = bench.run(Rounds.ONCE, told::add);
    assertThat(report.bench()).isEqualTo(bench.name());
    assertThat(told).isNotEmpty();
    for (BenchReport.Table table : report.tables()) {
      assertThat(table.rows()).hasSizeGreaterThan(1);
      assertThat(table.rows().getFirst().times().median()).isEqualTo(1);
      for (BenchReport.Row row : table.rows()) {
        assertThat(row.nanos().min()).isPositive().isFinite();
        assertThat(report.text()).contains(row.name());
      }
    }
  }

  @Test
  void espRunsThroughByEveryLibraryThatIsHere() {
    List<String> told = new ArrayList<>();
    List<CryptoChoice> libraries = EspBench.present(CryptoChoice.AUTO);
    EspReport report =
        new EspBench(libraries, List.of(64, 1420), List.of(50), Rounds.ONCE).run(told::add);
    assertThat(told).isNotEmpty();
    assertThat(report.libraries()).hasSameSizeAs(libraries).startsWith("SunJCE");
    assertThat(report.rows()).hasSize(4 * libraries.size());
    assertThat(report.many()).hasSameSizeAs(libraries);
    assertThat(report.openssl() == null).isEqualTo(report.opensslMissing() != null);
    for (EspReport.Row row : report.rows()) {
      assertThat(row.nanos()).isPositive().isFinite();
      assertThat(row.ofCipher()).isPositive().isFinite();
      assertThat(row.timesOpenssl() == null).isEqualTo(report.openssl() == null);
      assertThat(report.text()).contains(row.library());
    }
  }

  @Test
  void labelledRunsThroughAndEveryDatagramArrives() {
    List<String> told = new ArrayList<>();
    LabelledReport report = new LabelledBench(CryptoChoice.JCE, Rounds.ONCE).run(told::add);
    assertThat(told).isNotEmpty();
    assertThat(report.rows()).hasSize(11);
    assertThat(report.rows().getFirst().ofNothing().median()).isEqualTo(1);
    for (LabelledReport.Row row : report.rows()) {
      assertThat(row.nanos()).isPositive().isFinite();
      assertThat(report.text()).contains(row.labels());
    }
  }

  /** Everything that the last row of labelled counts is looked at: without one of it all stops. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "asked_packet_t:packet { recv }",
        "asked_packet_t sealed_packet_t }:packet { send }",
        "netif_t:netif { ingress egress }",
        "node_t:node { recvfrom sendto }",
        "{ sender_t netlabel_peer_t }:peer recv",
        "sender_t:association { sendto recvfrom }"
      })
  void withoutOneOfItsRulesNothingArrives(String rule) {
    String whole = LabelledLabs.ALL.text();
    LabFile all = LabFileReader.parse("all", whole);
    String without =
        whole
            .lines()
            .filter(line -> !line.endsWith(rule + ";"))
            .collect(Collectors.joining("\n", "", "\n"));
    LabFile less = LabFileReader.parse("less", without);
    assertThat(arrives(all)).isEqualTo(3);
    assertThat(arrives(less)).isZero();
  }

  private static long arrives(LabFile file) {
    try (Shuttle shuttle = new Shuttle(file, RunOptions.PLAIN, 58)) {
      return shuttle.send(3, 1_000_000);
    }
  }

  /** A frame crosses a link in 10 us, so in 10 ms each of 64 frames crosses a thousand. */
  @Test
  void framesThatGoRoundAreNeitherLostNorMadeMore() {
    try (Roundabout roundabout = new Roundabout(StreetLabs.street(1))) {
      roundabout.send(0, 1, 32, 100);
      roundabout.send(1, 0, 32, 100);
      roundabout.runFor(10_000_000);
      assertThat(roundabout.hops()).isEqualTo(64 * 1000);
      assertThat(roundabout.frames()).isEqualTo(64);
    }
  }

  /** Two links for each datagram; ARP and its answer cross two links each. */
  @Test
  void everyDatagramOfThePairsArrives() {
    LabFile file = StreetLabs.guests(2, 3, 50);
    try (LabRun run = LabRun.start(file, RunOptions.PLAIN)) {
      RunReport report = run.report();
      assertThat(report.flows()).hasSize(6).allMatch(flow -> flow.delivered() == 50);
      assertThat(run.hops()).isEqualTo(2 * (2 * 3 * 50 + 2 * 2));
    }
  }

  @Test
  void everyPingOfASmallerThousandIsAnswered() {
    String yaml = new ThousandLab(60, 6, 3).yaml();
    LabFile file = LabFileReader.parse("small.yaml", yaml);
    assertThat(file.guests()).hasSize(63);
    assertThat(file.bridges()).hasSize(6);
    RunReport report = LabRun.run(file, RunOptions.PLAIN).report();
    assertThat(report.met()).isTrue();
    assertThat(report.packets().balances()).isTrue();
    assertThat(report.flows()).hasSize(60).allMatch(flow -> flow.delivered() == 3);
  }

  @Test
  void theWholeThousandCanBeRead() {
    LabFile file = LabFileReader.parse("thousand.yaml", ThousandLab.WHOLE.yaml());
    assertThat(file.guests()).hasSize(1005);
    assertThat(file.links()).hasSize(1000 + 20 + 4);
  }

  @Test
  void guestsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new ThousandLab(1001, 20, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1001 guests");
  }

  /**
   * Their receivers check every frame's length; processes are started and end for three of them.
   */
  @Test
  void framesArriveByEveryRing() throws IOException {
    List<String> told = new ArrayList<>();
    List<NicReport.Ring> rings = new RingsBench(1, 100_000_000L, List.of(64)).run(told::add);
    assertThat(told).hasSize(5);
    assertThat(rings)
        .extracting(NicReport.Ring::name)
        .containsExactly(
            "netfile, guest's process to lab's",
            "netfile, lab's process to guest's",
            "Agrona OneToOneRingBuffer, two processes",
            "Netty LocalChannel, two event loops",
            "UDP over loopback, two epoll loops");
    assertThat(rings).allMatch(ring -> ring.perSecond() > 0 && ring.bytes() >= 0);
    assertThat(new NicReport(List.of(), rings).text()).doesNotContain("nothing arrived");
  }

  @Test
  void aRingWhoseReceiverGotNothingHasNoFigure() {
    NicReport.Ring silent = new NicReport.Ring("silent", 64, 0, 0);
    assertThat(new NicReport(List.of(), List.of(silent)).text()).contains("nothing arrived");
  }
}
