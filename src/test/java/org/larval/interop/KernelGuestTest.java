package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.interop.Combination.End;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * A real kernel answers ping, UDP and TCP through our IPsec, for every combination: the same {@code
 * ip xfrm} lines at both ends, in real time over a QEMU netdev. Prints one line for each.
 *
 * <p>{@code -Dlarval.test.jvm="-Dlarval.kernel.only=WORDS"} tries only those whose name has the
 * words; {@code -Dlarval.kernel.table=FILE} writes the lines there as well.
 */
@Tag("interop")
class KernelGuestTest {
  private static final int MESSAGES = 10;
  private static final int BYTES = 100_000;
  private static final int TRIES = 200;

  @TempDir Path directory;

  /** What became of one combination. */
  private record Row(
      String name,
      int pings,
      int datagrams,
      long bytesThere,
      long bytesBack,
      String kernelCounts,
      String ourCounts,
      String problem) {
    boolean passed() {
      return pings == MESSAGES
          && datagrams == MESSAGES
          && bytesThere == BYTES
          && bytesBack == BYTES
          && kernelCounts.isEmpty()
          && ourCounts.isEmpty()
          && problem.isEmpty();
    }

    @Override
    public String toString() {
      return String.format(
          "%-6s %-52s ping %2d/%d  udp %2d/%d  tcp %6d there %6d back%s%s%s",
          passed() ? "ok" : "FAILED",
          name,
          pings,
          MESSAGES,
          datagrams,
          MESSAGES,
          bytesThere,
          bytesBack,
          kernelCounts.isEmpty() ? "" : "  kernel " + kernelCounts,
          ourCounts.isEmpty() ? "" : "  ours " + ourCounts,
          problem.isEmpty() ? "" : "  " + problem);
    }
  }

  @Test
  void everyCombinationIsAnswered() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    String only = System.getProperty("larval.kernel.only", "");
    List<String> lines = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    try (LinuxGuest linux = LinuxGuest.boot(directory)) {
      linux.must("ip addr add " + Combination.KERNEL_4 + "/24 dev eth0");
      linux.must("ip addr add " + Combination.KERNEL_6 + "/64 dev eth0 nodad");
      linux.must("peer serve");
      lines.add(linux.version());
      Row clear = row(linux, new Combination("in clear", List.of(), 4, 4, false, false, ""));
      note(lines, clear.toString());
      assertThat(clear.passed()).as("%s", clear).isTrue();
      for (Combination combination : Combinations.list()) {
        if (combination.name().contains(only)) {
          Row row = row(linux, combination);
          note(lines, row.toString());
          if (!row.passed()) {
            failed.add(row.toString());
          }
        }
      }
    }
    assertThat(failed).as("combinations that failed, of " + (lines.size() - 2)).isEmpty();
  }

  private static void note(List<String> lines, String line) throws IOException {
    lines.add(line);
    System.out.println(line);
    String table = System.getProperty("larval.kernel.table");
    if (table != null) {
      Files.write(Path.of(table), lines);
    }
  }

  private Row row(LinuxGuest linux, Combination combination) throws IOException {
    linux.must("ip xfrm state flush; ip xfrm policy flush");
    if (!combination.layers().isEmpty()) {
      for (String line : combination.lines(End.KERNEL)) {
        LinuxGuest.Answer answer = linux.run(line);
        if (answer.status() != 0) {
          return refused(combination, "the kernel: " + line + ": " + answer.text().strip());
        }
      }
    }
    Map<String, Long> before = linux.xfrmStat();
    long earlier = discarded(linux);
    long there = 0;
    String back;
    RunReport report;
    try (LabRun run =
        LabRun.start(
            LabFileReader.parse("kernel-guest.yaml", lab(combination)),
            options(linux, combination))) {
      back = linux.run("peer send " + combination.ours() + " 6001 " + BYTES).text().strip();
      for (int i = 0; i < TRIES && there < BYTES; i++) {
        run.runFor(50_000_000L);
        there = discarded(linux) - earlier;
      }
      run.runFor(Math.max(0, 1_500_000_000L - run.now()));
      run.stop();
      report = run.report();
    } catch (RuntimeException problem) {
      return refused(combination, String.valueOf(problem.getMessage()));
    }
    Map<String, Long> after = linux.xfrmStat();
    after.replaceAll((name, count) -> count - before.getOrDefault(name, 0L));
    after.values().removeIf(count -> count == 0);
    String sent = "sent " + BYTES;
    return new Row(
        combination.name(),
        answered(report.flows().get(0)),
        answered(report.flows().get(1)),
        there,
        back.equals(sent) ? BYTES : 0,
        after.isEmpty() ? "" : after.toString(),
        report.xfrmStat().isEmpty() ? "" : report.xfrmStat().toString(),
        back.equals(sent) ? "" : "back: " + back);
  }

  /** Bytes that arrived so far, over all combinations; all must be as they were sent. */
  private static long discarded(LinuxGuest linux) throws IOException {
    String[] counted = linux.must("peer discarded").strip().split(" ", -1);
    assertThat(counted[1]).as("bytes that arrived wrong").isEqualTo("0");
    return Long.parseLong(counted[0]);
  }

  private RunOptions options(LinuxGuest linux, Combination combination) throws IOException {
    RunOptions options = RunOptions.PLAIN.withOutside("k", linux.place());
    String captures = System.getProperty("larval.kernel.captures");
    return captures == null
        ? options
        : options.capturing(
            Files.createDirectories(
                Path.of(captures).resolve(combination.name().replaceAll("[^a-z0-9]+", "-"))));
  }

  private static Row refused(Combination combination, String why) {
    return new Row(combination.name(), 0, 0, 0, 0, "", "", why.replace('\n', ' '));
  }

  private static int answered(FlowReport flow) {
    return (int) flow.rttMs().stream().filter(time -> time >= 0).count();
  }

  private static String lab(Combination combination) {
    StringBuilder lab = new StringBuilder();
    lab.append("lab: kernel-guest\ntime: real\nuntil: 60s\nguests:\n");
    lab.append("  a:\n    nic: [10.9.0.1/24, \"fd09::1/64\"]\n");
    if (!combination.layers().isEmpty()) {
      lab.append("    xfrm:\n");
      for (String line : combination.lines(End.OURS)) {
        lab.append("      - '").append(line.replace("'", "''")).append("'\n");
      }
    }
    lab.append("  k: {nic: [10.9.0.2/24, \"fd09::2/64\"]}\n");
    lab.append("links:\n  - {between: [a, k], pcap: wire.pcapng}\ntraffic:\n");
    String to = "{from: a, to: k, address: '" + combination.target() + "', ";
    lab.append("  - ").append(to).append("ping: yes, every: 50ms, count: 10}\n");
    lab.append("  - ").append(to).append("udp: 7, every: 50ms, count: 10, size: 600}\n");
    lab.append("  - ").append(to).append("bulk: 9, bytes: 100kB, start: 100ms}\n");
    lab.append("  - {from: k, to: a, bulk: 6001, bytes: 100kB}\n");
    return lab.toString();
  }
}
