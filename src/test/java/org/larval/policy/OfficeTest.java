package org.larval.policy;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.CapturedFrame;

/** The example with a denial at each layer does what its comments say. */
class OfficeTest {
  private static final Path LAB = Path.of("examples/office.yaml");

  @TempDir private Path directory;

  private LabRun run() {
    return LabRun.run(LabFileReader.read(LAB), RunOptions.PLAIN.capturing(directory));
  }

  @Test
  void eachFlowIsStoppedByItsOwnLayer() {
    LabRun lab = run();
    assertThat(lab).flow(1).delivered(5);
    assertThat(lab).flow(2).delivered(5);
    assertThat(lab).flow(3).failed(Errno.EHOSTUNREACH);
    assertThat(lab).flow(4).delivered(0).lost(DropReason.LABEL_DENIED, 5);
    assertThat(lab).flow(5).failed(Errno.EACCES);
    assertThat(lab).flow(6).delivered(0).lost(DropReason.PACKET_CLASS_DENIED, 5);
    assertThat(lab).flow(7).refused(Errno.EACCES, 5).leakedInClear(0);
    assertThat(lab).leaksNothing();
    List<FlowReport> flows = lab.report().flows();
    Assertions.assertThat(flows.get(6).denial())
        .startsWith("denied { polmatch } scontext=system_u:system_r:internal_browser_t:s1:c1.c3")
        .contains("tcontext=system_u:object_r:vpn_spd_t:s0 tclass=association: no rule allows it");
    Assertions.assertThat(flows.get(4).denial()).startsWith("denied { name_connect }");
    Assertions.assertThat(flows.stream().map(FlowReport::peerLabel))
        .containsExactly(
            "system_u:object_r:netlabel_peer_t:s1:c1.c3",
            "system_u:object_r:netlabel_peer_t:s0",
            null,
            null,
            null,
            null,
            null);
    Assertions.assertThat(
            lab.audit().stream()
                .map(record -> record.securityClass() + " " + record.permissions())
                .distinct())
        .containsExactlyInAnyOrder(
            "peer [recv]",
            "netif [egress]",
            "tcp_socket [name_connect]",
            "packet [forward_in]",
            "association [polmatch]");
    Assertions.assertThat(lab.audit()).allMatch(AuditRecord::denied);
  }

  @Test
  void commentsOfTheCaptureNameLabelsAndMarks() throws IOException {
    run();
    List<String> comments = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(directory.resolve("out/office.pcapng"))) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        String comment = frame.comment();
        if (comment != null) {
          comments.add(comment);
        }
      }
    }
    Assertions.assertThat(comments)
        .contains("label system_u:system_r:httpd_t:s1:c1.c3")
        .contains("secmark system_u:object_r:web_packet_t:s0-s2:c0.c63");
  }
}
