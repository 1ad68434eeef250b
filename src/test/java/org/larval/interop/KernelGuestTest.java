package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.interop.Combination.End;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.SaReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * A real kernel and a guest of ours ping each other and send each other UDP and TCP through IPsec:
 * the same {@code ip xfrm} lines at both ends, in real time over a NIC of ours in QEMU. Every state
 * must have counted the same packets at both ends. Prints one line for each combination.
 *
 * <p>{@code -Dlarval.test.jvm="-Dlarval.kernel.only=WORDS"} tries those whose name has the words,
 * {@code all} everything, and nothing said {@link Combinations#usual}; {@code
 * -Dlarval.kernel.table=FILE} writes the lines there as well.
 */
@Tag("interop")
class KernelGuestTest {
  private static final int MESSAGES = 10;
  private static final int BYTES = 100_000;
  private static final int TRIES = 200;
  private static final Pattern PINGED = Pattern.compile("(\\d+) packets received");
  private static final Pattern SPI = Pattern.compile("proto (?:esp|ah) spi 0x([0-9a-f]+)");

  @TempDir Path directory;

  /** What became of one combination. */
  private record Row(
      String name,
      int pings,
      int pingsBack,
      int datagrams,
      long bytesThere,
      long bytesBack,
      Map<Integer, Long> kernelPackets,
      Map<Integer, Long> ourPackets,
      String kernelCounts,
      String ourCounts,
      String problem) {
    boolean passed() {
      return pings == MESSAGES
          && pingsBack == MESSAGES
          && kernelPackets.equals(ourPackets)
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
          "%-6s %-52s ping %2d/%d there %2d/%d back  udp %2d/%d  tcp %6d there %6d back%s%s%s%s",
          passed() ? "ok" : "FAILED",
          name,
          pings,
          MESSAGES,
          pingsBack,
          MESSAGES,
          datagrams,
          MESSAGES,
          bytesThere,
          bytesBack,
          packets(),
          kernelCounts.isEmpty() ? "" : "  kernel " + kernelCounts,
          ourCounts.isEmpty() ? "" : "  ours " + ourCounts,
          problem.isEmpty() ? "" : "  " + problem);
    }

    private String packets() {
      return kernelPackets.equals(ourPackets)
          ? kernelPackets.isEmpty() ? "" : "  packets " + kernelPackets.values()
          : "  packets of the kernel " + kernelPackets + ", ours " + ourPackets;
    }
  }

  @Test
  void everyCombinationIsAnswered() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    List<Combination> combinations = chosen(System.getProperty("larval.kernel.only", ""));
    List<String> lines = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    try (Kernels _ = Kernels.together();
        LinuxGuest linux = LinuxGuest.boot(directory)) {
      linux.must("ip addr add " + Combination.KERNEL_4 + "/24 dev eth0");
      linux.must("ip addr add " + Combination.KERNEL_6 + "/64 dev eth0 nodad");
      linux.must("peer serve");
      lines.add(linux.version());
      Row clear = row(linux, new Combination("in clear", List.of(), 4, 4, false, false, ""));
      note(lines, clear.toString());
      assertThat(clear.passed()).as("%s", clear).isTrue();
      for (Combination combination : combinations) {
        Row row = row(linux, combination);
        note(lines, row.toString());
        if (!row.passed()) {
          failed.add(row.toString());
        }
      }
    }
    assertThat(failed).as("combinations that failed, of " + (lines.size() - 2)).isEmpty();
  }

  private static List<Combination> chosen(String words) {
    List<Combination> all = Combinations.list();
    List<Combination> chosen = new ArrayList<>(all);
    if (words.isEmpty()) {
      chosen.retainAll(Combinations.usual());
    } else if (!words.equals("all")) {
      chosen.removeIf(each -> !each.name().contains(words));
    }
    System.out.printf(
        "kernel guest: %d of %d combinations; left to -Dlarval.kernel.only=all: %d%n",
        chosen.size(), all.size(), all.size() - chosen.size());
    return chosen;
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
    Matcher pinged;
    Map<Integer, Long> packets;
    RunReport report;
    try (LabRun run =
        LabRun.start(
            LabFileReader.parse("kernel-guest.yaml", lab(combination)),
            options(linux, combination))) {
      String ping = "ping -q -c %d -i 0.05 %s".formatted(MESSAGES, combination.ours());
      String send = "peer send %s 6001 %d".formatted(combination.ours(), BYTES);
      back = linux.run(send).text().strip();
      pinged = PINGED.matcher(linux.run(ping).text());
      for (int i = 0; i < TRIES && there < BYTES; i++) {
        run.runFor(50_000_000L);
        there = discarded(linux) - earlier;
      }
      run.runFor(Math.max(0, 1_200_000_000L - run.now()));
      packets = linux.statePackets();
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
        pinged.find() ? Integer.parseInt(pinged.group(1)) : 0,
        answered(report.flows().get(1)),
        there,
        back.equals(sent) ? BYTES : 0,
        packets,
        ourPackets(report),
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
    return new Row(
        combination.name(), 0, 0, 0, 0, 0, Map.of(), Map.of(), "", "", why.replace('\n', ' '));
  }

  private static Map<Integer, Long> ourPackets(RunReport report) {
    Map<Integer, Long> all = new TreeMap<>();
    for (SaReport sa : report.sas()) {
      Matcher spi = SPI.matcher(sa.sa());
      if (spi.find()) {
        all.put(Integer.parseUnsignedInt(spi.group(1), 16), sa.packets());
      }
    }
    return all;
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
