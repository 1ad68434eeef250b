package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.GuestReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Three guests of ours in processes of their own and one in C, over netfiles on one bridge: pings
 * and transfers between all of them, one killed and started again in the middle.
 */
class NetfileGuestsTest {
  private static final String BYTES = "2MB";

  @TempDir private Path folder;

  /** Address by the guest's letter. */
  private static String address(String guest) {
    return "10.0.0." + (guest.charAt(0) - 'a' + 1);
  }

  private String netfile(String guest) {
    return folder.resolve(guest + ".nic").toString();
  }

  private String lab() {
    StringBuilder lab =
        new StringBuilder("lab: netfiles\ntime: real\nuntil: 300s\nbridges: [br0]\n");
    lab.append("guests:\n  z: {nic: 10.0.0.26/24}\n");
    StringBuilder links = new StringBuilder("links:\n  - {between: [z, br0]}\n");
    for (String guest : List.of("a", "b", "c", "d")) {
      lab.append("  ").append(guest).append(": {nic: ").append(address(guest)).append("/24, ");
      lab.append("outside: {netfile: \"").append(netfile(guest)).append("\"}}\n");
      links.append("  - {between: [").append(guest).append(", br0]}\n");
    }
    return lab.append(links).append("traffic:\n").toString()
        + "  - {from: z, to: a, ping: yes, start: 3s, every: 100ms, count: 50}\n";
  }

  /** Pings, datagrams to the C guest and a transfer to each of two others. */
  private LarvalProcess guest(String name, String run, String... others) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("guest", "--netfile", netfile(name), "--address", address(name) + "/24"));
    words.addAll(List.of("--format", "json", "--serve-tcp", "5001", "--for", "400s"));
    words.addAll(List.of("--every", "50ms", "--count", "100", "--ping", address("z")));
    words.addAll(List.of("--ping", address("d"), "--udp", address("d") + ":7"));
    if (others.length > 0) {
      words.addAll(List.of("--send", BYTES));
    }
    for (String other : others) {
      words.addAll(List.of("--ping", address(other), "--to", address(other) + ":5001"));
    }
    return LarvalProcess.start(folder, run, words.toArray(String[]::new));
  }

  private Process inC() throws Exception {
    Path program = CGuest.compile(folder, "guest", "examples/netfile-guest/guest.c");
    return new ProcessBuilder(program.toString(), netfile("d"), address("d"))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("d.out").toFile())
        .start();
  }

  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void aKilledGuestComesBackAndTheOthersLoseNothing() throws Exception {
    assumeTrue(CGuest.haveCompiler(), "no C compiler");
    Process inC = inC();
    // one before the lab, which has not made its file yet
    try (LarvalProcess a = guest("a", "a");
        LabRun run = LabRun.start(LabFileReader.parse("netfiles.yaml", lab()), RunOptions.PLAIN);
        LarvalProcess b = up(a, () -> guest("b", "b", "a"));
        LarvalProcess victim = up(b, () -> guest("c", "c", "a", "b"))) {
      awaitUp(victim);
      run.runFor(Duration.ofSeconds(1)); // in the middle of its transfers
      victim.kill();
      try (LarvalProcess c = guest("c", "c2", "a", "b")) {
        for (LarvalProcess each : List.of(a, b, c)) {
          await().atMost(Duration.ofSeconds(60)).until(() -> each.said().contains("all is sent"));
        }
        run.runFor(Duration.ofNanos(Math.max(0, 10_000_000_000L - run.now()))); // its own pings
        for (LarvalProcess each : List.of(a, b, c)) {
          each.stop();
          assertThat(each.status()).as("%s %s", each.said(), each.printed()).isZero();
        }
        assertThat(inC.isAlive()).isTrue();
        check(a.report(GuestReport.class), 2);
        check(b.report(GuestReport.class), 1);
        check(c.report(GuestReport.class), 0);
      }
      run.stop();
      RunReport report = run.report();
      assertThat(report.packets().balances()).isTrue();
      assertThat(report.outside()).hasSize(4).allMatch(nic -> nic.fault() == null);
      FlowReport pings = report.flows().getFirst();
      assertThat(pings.delivered()).isEqualTo(pings.offered()).isEqualTo(50);
    } finally {
      inC.destroyForcibly();
    }
    assertThat(Files.readString(folder.resolve("d.out"))).startsWith("10.0.0.4 is up on ");
  }

  /** The lab is killed and started again under its guest, which goes on. */
  @Test
  @Timeout(value = 200, unit = TimeUnit.SECONDS)
  void aKilledLabComesBack() throws Exception {
    Path file = folder.resolve("lab.yaml");
    Files.writeString(
        file,
        """
        lab: again
        time: real
        until: 120s
        guests:
          z: {nic: 10.0.0.26/24}
          a: {nic: 10.0.0.1/24, outside: {netfile: "%s"}}
        links: [{between: [z, a]}]
        """
            .formatted(netfile("a")));
    String[] up = {"up", file.toString(), "--format", "json"};
    String[] words = {
      "guest",
      "--netfile",
      netfile("a"),
      "--address",
      "10.0.0.1/24",
      "--ping",
      "10.0.0.26",
      "--every",
      "20ms",
      "--count",
      "100000",
      "--format",
      "json"
    };
    try (LarvalProcess first = LarvalProcess.start(folder, "first", up);
        LarvalProcess guest = LarvalProcess.start(folder, "guest", words)) {
      awaitUp(guest);
      await().atMost(Duration.ofSeconds(20)).until(() -> CGuest.sent(Path.of(netfile("a"))) > 50);
      first.kill();
      int before = CGuest.sent(Path.of(netfile("a")));
      try (LarvalProcess second = LarvalProcess.start(folder, "second", up)) {
        await()
            .atMost(Duration.ofSeconds(40))
            .until(() -> CGuest.sent(Path.of(netfile("a"))) > before + 50);
        guest.stop();
        // pings that were on their way in the first lab are lost: not all was answered
        assertThat(guest.status()).as(guest.said()).isLessThanOrEqualTo(1);
        GuestReport report = guest.report(GuestReport.class);
        assertThat(report.nic().fault()).isNull();
        assertThat(report.packets().balances()).isTrue();
        FlowReport pings = report.flows().getFirst();
        assertThat(pings.delivered()).isGreaterThan(100);
        second.stop();
        assertThat(second.status()).as(second.said()).isZero();
        RunReport lab = second.report(RunReport.class);
        assertThat(lab.packets().balances()).isTrue();
        assertThat(lab.outside().getFirst().framesIn()).isGreaterThan(50);
        assertThat(lab.outside().getFirst().fault()).isNull();
      }
    }
  }

  /** Starts a guest when another is there. */
  private static LarvalProcess up(LarvalProcess before, Callable<LarvalProcess> next)
      throws Exception {
    awaitUp(before);
    return next.call();
  }

  private static void awaitUp(LarvalProcess guest) {
    await().atMost(Duration.ofSeconds(40)).until(() -> guest.said().contains("is up"));
  }

  /** Everything that the guest sent arrived, and so many others sent it everything. */
  private static void check(GuestReport report, int senders) {
    assertThat(report.flows()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(report.flows())
        .allSatisfy(
            flow -> {
              assertThat(flow.offered()).isPositive();
              assertThat(flow.delivered()).as("%s", flow).isEqualTo(flow.offered());
            });
    assertThat(report.packets().balances()).isTrue();
    GuestReport.Served served = report.served().getFirst();
    assertThat(served.messages()).isGreaterThanOrEqualTo(senders);
    assertThat(served.bytes()).isGreaterThanOrEqualTo(senders * 2_000_000L);
  }
}
