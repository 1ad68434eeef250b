package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** The host's own kernel in a network namespace as a guest: over its vxlan device, and a TAP. */
@Tag("interop")
class KernelLinksTest {
  private static final int PINGS = 20;

  private final String namespace = "lvk" + ProcessHandle.current().pid() % 100_000;
  private final String outer = namespace + "o";

  @BeforeEach
  void make() throws IOException {
    Skipped.unless(Commands.have("ip"), "no ip; install iproute2");
    boolean made = Commands.run("ip", "netns", "add", namespace).status() == 0;
    Skipped.unless(made, "no right to make network namespaces; run as root");
    Commands.must("ip -n " + namespace + " link set lo up");
  }

  @AfterEach
  void remove() throws IOException {
    for (List<String> words :
        List.of(List.of("ip", "link", "del", outer), List.of("ip", "netns", "del", namespace))) {
      Commands.Said unused = Commands.run(words);
      assertThat(unused.status()).isNotNegative();
    }
  }

  private static String lab(String outside) {
    return """
    lab: kernel
    time: real
    until: 60s
    guests:
      a: {nic: [10.216.0.1/24, "fd16::1/64"]}
      k: {nic: [10.216.0.9/24, "fd16::9/64"], outside: {%s}}
    links:
      - {between: [a, k]}
    traffic:
      - {from: a, to: k, ping: yes, every: 50ms, count: 20, start: 100ms}
      - {from: a, to: k, ping: yes, every: 50ms, count: 20, start: 100ms, family: ipv6}
      - {from: a, to: k, ping: yes, every: 50ms, count: 20, start: 100ms, size: 1472}
    """
        .formatted(outside);
  }

  /** Pings both ways, as large as the link takes them. */
  private void pingBothWays(String lab, String device) throws IOException {
    try (LabRun run = LabRun.start(LabFileReader.parse("kernel.yaml", lab), RunOptions.PLAIN)) {
      Commands.must("ip -n " + namespace + " addr add 10.216.0.9/24 dev " + device);
      Commands.must("ip -n " + namespace + " addr add fd16::9/64 dev " + device + " nodad");
      TwoNamespaces.Pinged back = TwoNamespaces.ping(namespace, "10.216.0.1", PINGS, 0.05);
      assertThat(back.all()).as("%s", back).isTrue();
      run.runFor(Duration.ofMillis(500));
      while (run.now() < 2_500_000_000L) {
        run.runFor(Duration.ofMillis(100));
      }
      run.stop();
      RunReport report = run.report();
      for (FlowReport flow : report.flows()) {
        assertThat(flow.delivered()).as("%s", flow).isEqualTo(PINGS);
      }
      assertThat(report.packets().balances()).isTrue();
      RunReport.Outside nic = report.outside().getFirst();
      assertThat(nic.framesIn()).isGreaterThanOrEqualTo(4 * PINGS);
      assertThat(nic.framesOut()).isGreaterThanOrEqualTo(4 * PINGS);
      assertThat(nic.refused()).isZero();
    }
  }

  @Test
  void vxlan() throws IOException {
    Commands.must("ip link add " + outer + " type veth peer name e0 netns " + namespace);
    Commands.must("ip addr add 10.217.0.1/24 dev " + outer);
    Commands.must("ip link set " + outer + " up");
    Commands.must("ip -n " + namespace + " addr add 10.217.0.2/24 dev e0");
    Commands.must("ip -n " + namespace + " link set e0 up");
    Commands.must(
        "ip -n "
            + namespace
            + " link add vx0 mtu 1500 type vxlan id 4242 local 10.217.0.2 remote"
            + " 10.217.0.1 dstport 4789 dev e0");
    Commands.must("ip -n " + namespace + " link set vx0 up");
    pingBothWays(lab("vxlan: {vni: 4242, here: 10.217.0.1, there: 10.217.0.2}"), "vx0");
  }

  @Test
  void tap() throws IOException {
    Skipped.unless(
        Commands.run("test", "-w", "/dev/net/tun").status() == 0,
        "no /dev/net/tun; load the module tun");
    pingBothWays(lab("tap: tap7, netns: " + namespace), "tap7");
  }
}
