package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** Linux kernels that a lab file's {@code qemu:} boots, over each of QEMU's ways to a lab. */
@Tag("interop")
class QemuGuestTest {
  private static final int PINGS = 20;

  @TempDir private Path folder;

  private String lab() {
    String machine =
        "qemu: {kernel: \"%1$s/vmlinuz\", initrd: \"%1$s/initramfs\", ready: guest ready, append:"
            + " \"quiet larval.address=%3$s\", console: \"%2$s.console\", log: \"%2$s.log\"}";
    String images = LinuxGuest.folder().toString();
    return """
    lab: machines
    time: real
    until: 30s
    bridges: [br0]
    guests:
      a: {nic: 10.0.0.1/24}
      k:
        nic: 10.0.0.2/24
        outside: {dgram: {here: "%1$s/k.lab", there: "%1$s/k.guest"}}
        %2$s
      m:
        nic: 10.0.0.3/24
        outside: {stream: {listen: "%1$s/m.lab"}}
        %3$s
      v:
        nic: 10.0.0.4/24
        outside: {vhost-user: "%1$s/v.lab"}
        %4$s
    links:
      - {between: [a, br0]}
      - {between: [k, br0]}
      - {between: [m, br0]}
      - {between: [v, br0]}
    traffic:
      - {from: a, to: k, ping: yes, every: 100ms, count: 20}
      - {from: a, to: m, ping: yes, every: 100ms, count: 20}
      - {from: a, to: v, ping: yes, every: 100ms, count: 20}
      - {from: a, to: k, udp: 7, every: 100ms, count: 20, size: 1400}
      - {from: a, to: m, tcp: 7, echo: 20}
      - {from: a, to: k, bulk: 9, bytes: 100kB, start: 4s}
      - {from: a, to: v, bulk: 9, bytes: 100kB, start: 4s}
    changes:
      - {at: 3500ms, guest: m, do: kill}
    """
        .formatted(
            folder,
            machine.formatted(images, folder.resolve("k"), "10.0.0.2/24"),
            machine.formatted(images, folder.resolve("m"), "10.0.0.3/24"),
            machine.formatted(images, folder.resolve("v"), "10.0.0.4/24"));
  }

  @Test
  void machinesBootAnswerAndDie() throws Exception {
    String reason = LinuxGuest.prepare();
    Skipped.unless(reason.isEmpty(), reason);
    try (Kernels _ = Kernels.together();
        LabRun run = LabRun.start(LabFileReader.parse("machines.yaml", lab()), RunOptions.PLAIN)) {
      assertThat(run.now()).as("time begins when both are ready").isLessThan(2_000_000_000L);
      run.runFor(Duration.ofSeconds(12));
      run.stop();
      RunReport report = run.report();
      for (FlowReport flow : report.flows().subList(0, 5)) {
        assertThat(flow.delivered()).as("%s", flow).isEqualTo(PINGS);
      }
      for (FlowReport bulk : report.flows().subList(5, 7)) {
        assertThat(bulk.delivered()).as("%s", bulk).isEqualTo(bulk.offered()).isPositive();
      }
      assertThat(report.happened())
          .extracting(line -> line.replaceFirst("^[0-9.]+ ", ""))
          .filteredOn(line -> line.startsWith("m: "))
          .containsExactly("m: killed", "m: its program ended by signal 9");
      assertThat(report.packets().balances()).isTrue();
    }
  }
}
