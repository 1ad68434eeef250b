package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.SaReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * What a real kernel does to packets that have no SA yet, live: it sends into a guest of ours, over
 * a NIC of ours, and the SA comes 200 ms later, under both values of {@code xfrm_larval_drop}. What
 * was sent is counted by the sender, what arrived by our SAs.
 */
@Tag("interop")
class SaMissLiveTest {
  private static final String KEY = "0x" + "5a".repeat(20);
  private static final int DATAGRAMS = 3000;
  private static final int PINGS = 15;
  private static final int DELAY = 200;
  private static final Pattern TAKEN = Pattern.compile("taken (\\d+) eagain (\\d+)");
  private static final Pattern PINGED = Pattern.compile("(\\d+) packets received");

  /**
   * How exactly the guest tells how long its SA took, in milliseconds: its clock has steps of 10.
   */
  private static final int SLACK = 50;

  @TempDir private Path folder;

  /** One way of sending; {@code protocol} is the policy's. */
  private enum Way {
    UNCONNECTED("udp", "peer datagrams 10.9.0.1 7 " + DATAGRAMS + " 1000"),
    CONNECTED("udp", "peer datagrams 10.9.0.1 7 " + DATAGRAMS + " 1000 connected"),
    PING("icmp", "ping -c " + PINGS + " -i 0.2 -q 10.9.0.1"),
    CONNECT("tcp", "peer connect 10.9.0.1 6001");

    private final String protocol;
    private final String line;

    Way(String protocol, String line) {
      this.protocol = protocol;
      this.line = line;
    }
  }

  /**
   * What the sender saw.
   *
   * @param delay milliseconds until the SA stood: {@link #DELAY}, and what {@code ip} took
   */
  private record Row(int larvalDrop, Way way, int spi, int delay, String said) {
    int number(Pattern pattern, int group) {
      Matcher found = pattern.matcher(said);
      assertThat(found.find()).as(said).isTrue();
      return Integer.parseInt(found.group(group));
    }
  }

  private static String state(int spi) {
    return "ip xfrm state add src 10.9.0.2 dst 10.9.0.1 proto esp spi 0x%x mode transport replay-window 0 aead rfc4106(gcm(aes)) %s 128"
        .formatted(spi, KEY);
  }

  private static String lab() {
    StringBuilder lab = new StringBuilder("lab: sa-miss-live\ntime: real\nuntil: 10m\nguests:\n");
    lab.append("  a:\n    nic: 10.9.0.1/24\n    xfrm:\n");
    for (int spi = 0x201; spi <= 0x200 + 2 * Way.values().length; spi++) {
      lab.append("      - '").append(state(spi)).append("'\n");
    }
    return lab
        + """
          k: {nic: 10.9.0.2/24}
        links: [{between: [a, k]}]
        traffic:
          - {from: k, to: a, udp: 7, every: 1ms, count: 1}
          - {from: k, to: a, bulk: 6001, bytes: 100kB}
        """;
  }

  @Test
  @Timeout(300)
  void kernelSendsBeforeItsSaIsThere() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    List<Row> rows = new ArrayList<>();
    RunReport report;
    try (Kernels _ = Kernels.alone();
        LinuxGuest linux = LinuxGuest.bootOverVhost(folder, "");
        LabRun run =
            LabRun.start(
                LabFileReader.parse("sa-miss-live.yaml", lab()),
                RunOptions.PLAIN.withOutside("k", linux.place()))) {
      System.out.println("sa-miss live: " + linux.version());
      linux.must("ip addr add 10.9.0.2/24 dev eth0");
      linux.must("ping -c 5 -i 0.3 -q 10.9.0.1"); // the NIC is up, the neighbour known
      // a key manager that listens and never answers: without one the kernel asks nobody
      linux.must("ip xfrm monitor acquire > /tmp/acquires 2>&1 &");
      int spi = 0x201;
      for (int larvalDrop : new int[] {1, 0}) {
        linux.must("echo " + larvalDrop + " > /proc/sys/net/core/xfrm_larval_drop");
        for (Way way : Way.values()) {
          rows.add(row(linux, larvalDrop, way, spi++));
        }
      }
      run.stop();
      report = run.report();
    }
    check(rows, report);
  }

  private static Row row(LinuxGuest linux, int larvalDrop, Way way, int spi) throws IOException {
    linux.must("ip xfrm state flush; ip xfrm policy flush");
    linux.must(
        "ip xfrm policy add src 10.9.0.2/32 dst 10.9.0.1/32 proto "
            + way.protocol
            + " dir out tmpl src 10.9.0.2 dst 10.9.0.1 proto esp mode transport");
    String later =
        "(usleep "
            + DELAY * 1000
            + "; "
            + state(spi).replace("(", "\\(").replace(")", "\\)")
            + "; cat /proc/uptime > /tmp/stood) &";
    String said = linux.run("cat /proc/uptime > /tmp/began; " + later + " " + way.line).text();
    // a connected socket's last datagrams leave when the queue's timer says so
    linux.must("sleep 2");
    int delay = millis(linux, "/tmp/stood") - millis(linux, "/tmp/began");
    return new Row(larvalDrop, way, spi, delay, said.strip());
  }

  private static int millis(LinuxGuest linux, String uptime) throws IOException {
    String seconds = linux.must("cut -d' ' -f1 " + uptime).strip();
    return (int) Math.round(Double.parseDouble(seconds) * 1000);
  }

  private static void check(List<Row> rows, RunReport report) {
    Map<Integer, Long> arrived = new HashMap<>();
    for (SaReport sa : report.sas()) {
      Matcher spi = Pattern.compile("0x(?:0*)(2[0-9a-f]{2})").matcher(sa.sa());
      if (spi.find()) {
        arrived.put(Integer.parseInt(spi.group(1), 16), sa.packets());
      }
    }
    for (Row row : rows) {
      long got = arrived.getOrDefault(row.spi, -1L);
      System.out.printf(
          "sa-miss live: larval_drop %d %-12s SA after %d ms: %s; arrived %d%n",
          row.larvalDrop, row.way, row.delay, row.said.replaceAll("(?s).*---\\s*|\\s+", " "), got);
    }
    for (Row row : rows) {
      long got = arrived.get(row.spi);
      boolean drops = row.larvalDrop == 1;
      switch (row.way) {
        case UNCONNECTED, CONNECTED -> {
          int taken = row.number(TAKEN, 1);
          int refused = row.number(TAKEN, 2);
          assertThat(taken + refused).isEqualTo(DATAGRAMS);
          if (drops) {
            assertThat(refused).as("%s", row).isZero();
            assertThat(taken - got).as("%s", row).isBetween(DELAY - 20L, (long) row.delay + SLACK);
          } else {
            assertThat(refused).as("%s", row).isPositive();
            assertThat(got).as("%s", row).isEqualTo(taken);
          }
        }
        case PING -> {
          int answered = row.number(PINGED, 1);
          if (drops) {
            assertThat(answered).as("%s", row).isBetween(PINGS - 2 - row.delay / 200, PINGS - 1);
          } else {
            assertThat(answered).as("%s", row).isEqualTo(PINGS);
          }
        }
        case CONNECT -> {
          int millis = Integer.parseInt(row.said);
          assertThat(millis)
              .as("%s", row)
              .isBetween(drops ? 1000 : 200, drops ? 1500 : 500 + row.delay);
        }
      }
    }
  }
}
