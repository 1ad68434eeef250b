package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.outside.LarvalProcess;

/**
 * A Linux kernel in QEMU whose NIC is ours over vhost-user: the lab is killed and started again,
 * and the guest goes on; then the guest is killed, and the lab goes on and says so.
 */
@Tag("interop")
class VhostGuestTest {
  private static final int PINGS = 1000;
  private static final int BYTES = 300_000;

  @TempDir private Path folder;

  private Path lab(String name, String until, String traffic) throws IOException {
    String text =
        """
        lab: vhost-guest
        time: real
        until: %s
        bridges: [br0]
        guests:
          a: {nic: 10.9.0.1/24}
          z: {nic: 10.9.0.26/24}
          k: {nic: 10.9.0.2/24, outside: {vhost-user: {socket: "%s"}}}
        links: [{between: [a, br0]}, {between: [z, br0]}, {between: [k, br0]}]
        %s\
        """
            .formatted(until, folder.resolve("nic"), traffic);
    return Files.writeString(folder.resolve(name + ".yaml"), text);
  }

  private LarvalProcess up(String name, String until, String traffic) throws IOException {
    Path file = lab(name, until, traffic);
    return LarvalProcess.start(folder, name, "up", file.toString(), "--format", "json");
  }

  private void socketIsThere() throws InterruptedException {
    for (int i = 0; i < 300 && !Files.exists(folder.resolve("nic")); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void guestOutlivesTheLabAndTheLabTheGuest() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    LarvalProcess first = up("first", "10m", "");
    socketIsThere();
    try (Kernels _ = Kernels.together();
        LinuxGuest linux = LinuxGuest.bootTowardsVhost(folder, folder.resolve("nic"))) {
      linux.must("ip addr add 10.9.0.2/24 dev eth0");
      linux.must("peer serve");
      System.out.println("vhost guest: " + linux.version());
      String pings = linux.must("ping -c 20 -i 0.1 -q 10.9.0.1");
      assertThat(pings).contains("20 packets received, 0% packet loss");
      // in the middle of its work
      CompletableFuture<String> during =
          CompletableFuture.supplyAsync(() -> unchecked(linux, "ping -c 40 -i 0.2 -q 10.9.0.1"));
      TimeUnit.SECONDS.sleep(2);
      first.kill();
      try (LarvalProcess second =
          up(
              "second",
              "36s",
              """
              traffic:
                - {from: a, to: k, ping: yes, start: 8s, every: 10ms, count: %d}
                - {from: a, to: k, bulk: 9, bytes: 300kB, start: 10s}
                - {from: k, to: a, bulk: 6001, bytes: 300kB}
                - {from: a, to: z, udp: 7, start: 1s, every: 20ms, count: 1650}
                - {from: a, to: k, udp: 7, start: 31s, every: 100ms, count: 40}
              """
                  .formatted(PINGS))) {
        String resumed = during.get(60, TimeUnit.SECONDS);
        System.out.println("vhost guest, lab killed: " + lastLines(resumed));
        assertThat(resumed).contains("packets received").doesNotContain("100% packet loss");
        String back = linux.run("peer send 10.9.0.1 6001 " + BYTES).text().strip();
        assertThat(back).isEqualTo("sent " + BYTES);
        TimeUnit.SECONDS.sleep(14);
        assertThat(linux.must("peer discarded").strip()).isEqualTo(BYTES + " 0");
        linux.kill();
        assertThat(second.status()).as(second.said()).isZero();
        check(second.report(RunReport.class));
      }
    } finally {
      first.close();
    }
  }

  private static String unchecked(LinuxGuest linux, String line) {
    try {
      return linux.run(line).text();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String lastLines(String text) {
    return text.strip().replaceAll("(?s).*statistics ---\\s*", "").replaceAll("\\s+", " ");
  }

  private static void check(RunReport report) {
    report.happened().forEach(line -> System.out.println("vhost guest: " + line));
    System.out.println("vhost guest: " + report.outside().getFirst());
    assertThat(report.packets().balances()).isTrue();
    assertThat(report.happened())
        .anyMatch(line -> line.contains("MRG_RXBUF EVENT_IDX") && line.contains("VERSION_1"))
        .anyMatch(line -> line.contains("disconnected"));
    FlowReport ping = report.flows().get(0);
    assertThat(ping.delivered()).isEqualTo(ping.offered()).isEqualTo(PINGS);
    FlowReport beside = report.flows().get(3);
    assertThat(beside.delivered()).isEqualTo(beside.offered()).isEqualTo(1650);
    FlowReport late = report.flows().get(4);
    assertThat(late.delivered()).isZero();
  }
}
