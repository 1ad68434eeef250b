package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.nic.MalformedNetfile;
import org.larval.nic.Netfile;
import org.larval.nic.NetfileFlaw;
import org.larval.nic.RingFault;

/**
 * A program in C breaks the rules of {@code docs/netfile.md}, one NIC for each way, all on the
 * street of guests that behave: each NIC stops for its named reason or goes on, the others lose
 * nothing, the lab lives, and where the file is whole a guest that behaves is served there
 * afterwards. Prints a line for each.
 */
class HostileNetfileTest {
  private static final int MESSAGES = 1600;
  private static final int WHILE_AT_IT = 50;
  private static final int PINGS_OF_ONE_WHO_CAME_BACK = 5;

  /** What becomes of the NIC. */
  private enum Then {
    /** It is stopped for a reason. */
    STOPPED,
    /** It works, and serves the next guest. */
    SERVES,
    /** It works, but its guest left nothing in the file that another could take up. */
    SPOILT
  }

  /** As {@code hostile.c} names them, with dashes. */
  private enum Crime {
    HEAD(RingFault.HEAD_OUT_OF_RANGE),
    RUNAWAY(RingFault.AVAIL_INDEX_RUNAWAY),
    NEXT(RingFault.NEXT_OUT_OF_RANGE),
    LOOP(RingFault.CHAIN_TOO_LONG),
    BIG(RingFault.CHAIN_TOO_BIG),
    ADDRESS(RingFault.ADDRESS_OUT_OF_RANGE),
    OVERFLOW(RingFault.ADDRESS_OUT_OF_RANGE),
    NEGATIVE(RingFault.ADDRESS_OUT_OF_RANGE),
    DIRECTION(RingFault.WRONG_DIRECTION),
    INDIRECT(RingFault.INDIRECT_NOT_NEGOTIATED),
    RECEIVED_HEAD(RingFault.HEAD_OUT_OF_RANGE),
    RECEIVED_DIRECTION(RingFault.WRONG_DIRECTION),
    RECEIVED_ADDRESS(RingFault.ADDRESS_OUT_OF_RANGE),
    /** Descriptors change while they are read: whichever rule is seen broken first. */
    RACE(RingFault.ADDRESS_OUT_OF_RANGE, RingFault.CHAIN_TOO_BIG, RingFault.WRONG_DIRECTION),
    TRUNCATE_0(RingFault.MEMORY_GONE),
    TRUNCATE_PAGE(RingFault.MEMORY_GONE),
    TRUNCATE_FRAMES(RingFault.MEMORY_GONE),
    STORM(Then.SERVES),
    BELLS(Then.SERVES),
    BELLS_FULL(Then.SERVES),
    BELLS_GONE(Then.SERVES),
    BELLS_REPLACED(Then.SERVES),
    KILLED(Then.SERVES),
    HEADER(Then.SPOILT),
    USED(Then.SPOILT);

    private final Then then;

    /** Labels of those that it may be stopped for. */
    private final String faults;

    Crime(RingFault... faults) {
      then = Then.STOPPED;
      this.faults = Arrays.stream(faults).map(RingFault::label).collect(Collectors.joining(" "));
    }

    Crime(Then then) {
      this.then = then;
      faults = "";
    }

    String guest() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String address() {
      return "10.0.0." + (10 + ordinal());
    }
  }

  @TempDir private Path folder;

  private Path netfile(String guest) {
    return folder.resolve(guest + ".nic");
  }

  private Path lab() throws IOException {
    StringBuilder lab = new StringBuilder("lab: hostile\ntime: real\nuntil: 300s\n");
    StringBuilder links = new StringBuilder("links:\n  - {between: [z, br0]}\n");
    StringBuilder traffic = new StringBuilder("traffic:\n");
    lab.append("bridges: [br0]\nguests:\n  z: {nic: 10.0.0.1/24}\n  y: {nic: 10.0.0.3/24}\n");
    links.append("  - {between: [y, br0]}\n");
    traffic.append("  - {from: z, to: y, udp: 7, start: 1s, every: 5ms, count: 1600}\n");
    outside(lab, links, "w", "10.0.0.2");
    traffic.append(
        "  - {from: z, to: w, udp: 7, start: 1s, every: 5ms, count: 1600, size: 1000}\n");
    for (Crime crime : Crime.values()) {
      outside(lab, links, crime.guest(), crime.address());
      traffic.append("  - {from: z, to: ").append(crime.guest());
      traffic.append(", ping: yes, every: 200ms, count: 1400}\n");
    }
    return Files.writeString(
        folder.resolve("lab.yaml"), lab.append(links).append(traffic).toString());
  }

  private void outside(StringBuilder lab, StringBuilder links, String guest, String address) {
    lab.append("  ").append(guest).append(": {nic: ").append(address).append("/24, ");
    lab.append("outside: {netfile: \"").append(netfile(guest)).append("\"}}\n");
    links.append("  - {between: [").append(guest).append(", br0]}\n");
  }

  private Process behaving(Path program, String guest, String address) throws IOException {
    return new ProcessBuilder(program.toString(), netfile(guest).toString(), address)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(guest + ".out").toFile())
        .start();
  }

  @Test
  @Timeout(value = 240, unit = TimeUnit.SECONDS)
  void eachEndsInItsReasonAndTheOthersLoseNothing() throws Exception {
    assumeTrue(CGuest.haveCompiler(), "no C compiler");
    Path guest = CGuest.compile(folder, "guest", "examples/netfile-guest/guest.c");
    Path hostile =
        CGuest.compile(folder, "hostile", "src/test/peers/hostile-netfile/hostile.c", "-pthread");
    List<Process> guests = new ArrayList<>();
    Map<Crime, Integer> statuses = new EnumMap<>(Crime.class);
    try (LarvalProcess lab =
        LarvalProcess.start(folder, "lab", "up", lab().toString(), "--format", "json")) {
      guests.add(behaving(guest, "w", "10.0.0.2"));
      await().atMost(Duration.ofSeconds(60)).until(() -> CGuest.sent(netfile("w")) > WHILE_AT_IT);
      commitAll(hostile, statuses);
      assertThat(lab.alive()).as(lab.said()).isTrue();
      Map<Crime, Integer> before = new EnumMap<>(Crime.class);
      for (Crime crime : Crime.values()) {
        if (crime.then == Then.SERVES) {
          before.put(crime, CGuest.sent(netfile(crime.guest())));
          guests.add(behaving(guest, crime.guest(), crime.address()));
        }
      }
      for (Crime crime : before.keySet()) {
        await()
            .atMost(Duration.ofSeconds(30))
            .alias(crime.guest())
            .until(() -> answered(crime, before) >= PINGS_OF_ONE_WHO_CAME_BACK);
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> CGuest.sent(netfile("w")) >= MESSAGES);
      assertThat(guests).allMatch(Process::isAlive);
      spoilt();
      lab.stop();
      assertThat(lab.status()).as(lab.said()).isZero();
      check(lab.report(RunReport.class), statuses);
    } finally {
      guests.forEach(Process::destroyForcibly);
    }
  }

  /** Frames that the lab took since the guest came back. */
  private int answered(Crime crime, Map<Crime, Integer> before) throws IOException {
    int now = CGuest.sent(netfile(crime.guest()));
    return (now - before.getOrDefault(crime, 0)) & 0xffff;
  }

  private void commitAll(Path hostile, Map<Crime, Integer> statuses) throws Exception {
    Map<Crime, Process> criminals = new EnumMap<>(Crime.class);
    for (Crime crime : Crime.values()) {
      Process process =
          new ProcessBuilder(hostile.toString(), netfile(crime.guest()).toString(), crime.guest())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(crime.guest() + ".crime").toFile())
              .start();
      criminals.put(crime, process);
    }
    for (Map.Entry<Crime, Process> each : criminals.entrySet()) {
      boolean ended = each.getValue().waitFor(60, TimeUnit.SECONDS);
      each.getValue().destroyForcibly();
      assertThat(ended).as("%s ends", each.getKey()).isTrue();
      statuses.put(each.getKey(), each.getValue().exitValue());
    }
  }

  /** Whoever opens one of these files again says what is wrong with it. */
  private void spoilt() {
    refused(Crime.HEADER, NetfileFlaw.MAGIC);
    refused(Crime.TRUNCATE_0, NetfileFlaw.NOT_FORMATTED);
    refused(Crime.TRUNCATE_PAGE, NetfileFlaw.FILE_LENGTH);
    refused(Crime.TRUNCATE_FRAMES, NetfileFlaw.FILE_LENGTH);
  }

  private void refused(Crime crime, NetfileFlaw flaw) {
    assertThatThrownBy(() -> Netfile.open(netfile(crime.guest()), Netfile.End.GUEST).close())
        .asInstanceOf(type(MalformedNetfile.class))
        .extracting(MalformedNetfile::flaw)
        .isEqualTo(flaw);
  }

  private void check(RunReport report, Map<Crime, Integer> statuses) {
    for (Crime crime : Crime.values()) {
      RunReport.Outside nic = nic(report, crime.guest());
      FlowReport pings = report.flows().get(2 + crime.ordinal());
      System.out.printf(
          "hostile netfile: %-18s %-24s taken %7d, of no size %9d, pings answered %d%n",
          crime.guest(),
          nic.fault() == null ? "works" : nic.fault(),
          nic.framesIn(),
          nic.badSize(),
          pings.delivered());
      assertThat(statuses.get(crime)).as("%s", crime).isEqualTo(crime == Crime.KILLED ? 137 : 0);
      assertThat(faulted(crime, nic.fault())).as("%s: %s", crime, nic.fault()).isTrue();
      if (crime.then == Then.SERVES) {
        assertThat(pings.delivered()).as("%s", crime).isPositive();
      } else {
        assertThat(pings.delivered()).as("%s", crime).isZero();
      }
    }
    for (Crime crime : Crime.values()) {
      assertThat(
              report.happened().stream().filter(line -> line.contains(" " + crime.guest() + ": ")))
          .as("what the lab says of %s", crime)
          .hasSize(crime.then == Then.STOPPED ? 1 : 0);
    }
    assertThat(nic(report, "storm").badSize()).isGreaterThan(10_000);
    assertThat(nic(report, "w").fault()).isNull();
    for (FlowReport beside : report.flows().subList(0, 2)) {
      assertThat(beside.delivered()).as("%s", beside).isEqualTo(beside.offered());
      assertThat(beside.offered()).isEqualTo(MESSAGES);
    }
    assertThat(report.packets().balances()).isTrue();
  }

  private static RunReport.Outside nic(RunReport report, String guest) {
    return report.outside().stream()
        .filter(each -> each.guest().equals(guest))
        .findFirst()
        .orElseThrow();
  }

  private static boolean faulted(Crime crime, @Nullable String fault) {
    return fault == null
        ? crime.then != Then.STOPPED
        : List.of(crime.faults.split(" ", -1)).contains(fault);
  }
}
