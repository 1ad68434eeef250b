package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.CapturedFrame;
import org.larval.wire.IpProtocol;

/** Two {@code larval up} that VXLAN makes one lab over two hosts, as the examples have it. */
class TwoHostsTest {
  private static final int ETHER_TYPE = 12;
  private static final int IPV4 = 0x0800;
  private static final int PROTOCOL = 14 + 9;
  private static final int MESSAGES = 20;

  @TempDir private Path folder;

  private LarvalProcess host(String name) throws Exception {
    return LarvalProcess.start(
        folder,
        name,
        "up",
        "examples/two-hosts-" + name + ".yaml",
        "--format",
        "json",
        "--out",
        folder.toString());
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void pingAndEspCross() throws Exception {
    try (LarvalProcess a = host("a");
        LarvalProcess b = host("b")) {
      assertThat(a.status()).as(a.said()).isZero();
      assertThat(b.status()).as(b.said()).isZero();
      check(a.report(RunReport.class), "a");
      check(b.report(RunReport.class), "b");
    }
    for (String host : List.of("a", "b")) {
      Map<Integer, Integer> protocols =
          protocols(folder.resolve("out/two-hosts-" + host + ".pcapng"));
      // datagrams and their echoes of both
      assertThat(protocols)
          .containsEntry(IpProtocol.ESP, 4 * MESSAGES)
          .containsEntry(IpProtocol.ICMP, 4 * MESSAGES)
          .doesNotContainKey(IpProtocol.UDP);
    }
  }

  /** How many packets of each IP protocol a capture has. */
  private static Map<Integer, Integer> protocols(Path capture) throws Exception {
    Map<Integer, Integer> counts = new TreeMap<>();
    try (CaptureReader reader = CaptureReader.open(capture)) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        ByteBuf data = frame.data();
        if (data.getUnsignedShort(data.readerIndex() + ETHER_TYPE) == IPV4) {
          int protocol = data.getUnsignedByte(data.readerIndex() + PROTOCOL);
          counts.merge(protocol, 1, Integer::sum);
        }
      }
    }
    return counts;
  }

  private static void check(RunReport report, String host) {
    List<FlowReport> sent = new ArrayList<>();
    for (FlowReport flow : report.flows()) {
      if (flow.from().equals(host)) {
        sent.add(flow);
        assertThat(flow.delivered()).as("%s", flow).isEqualTo(MESSAGES);
      }
    }
    assertThat(sent).hasSize(2);
    assertThat(report.packets().balances()).isTrue();
    assertThat(report.xfrmStat()).isEqualTo(Map.of());
    // datagrams and their echoes, both ways
    assertThat(report.sas()).hasSize(2).allMatch(sa -> sa.packets() == 2 * MESSAGES);
    assertThat(report.outside().getFirst().refused()).isZero();
  }
}
