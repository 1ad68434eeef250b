package org.larval.labeled;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.Walk;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** A report says why labels did not let a program make a system call, and whose it was. */
class DeniedCallTest {
  private static final String LAB =
      """
      lab: denied-calls
      policy:
        rules:
          - allow a_t self:udp_socket { create bind connect write };
          - allow b_t self:udp_socket { create bind };
          - allow a_t self:tcp_socket create;
      guests:
        a: {nic: 10.0.0.1/24, label: "u:r:a_t:s0"}
        b: {nic: 10.0.0.2/24, label: "u:r:b_t:s0"}
      links:
        - {between: [a, b]}
      traffic:
        - {from: b, to: a, udp: 8, count: 2}
        - {from: a, to: b, tcp: 80, echo: 2}
      """;

  @Test
  void senderAndServerAreTold() {
    RunOptions options = RunOptions.PLAIN.following(1, 0);
    try (LabRun lab = LabRun.run(LabFileReader.parse("denied-calls.yaml", LAB), options)) {
      FlowReport udp = lab.report().flows().getFirst();
      assertThat(udp.died()).isEqualTo("EACCES");
      assertThat(udp.denial())
          .contains("denied { write } scontext=u:r:b_t:s0 tcontext=u:r:b_t:s0 tclass=udp_socket")
          .contains("denied { name_bind } scontext=u:r:a_t:s0 tcontext=u:object_r:port_t:s0")
          .contains("to permit it: add the rule allow b_t self:udp_socket write;");
      assertThat(Walk.of(lab, 1, 0).text())
          .contains("denied { write } scontext=u:r:b_t:s0")
          .doesNotContain("name_bind");
      FlowReport tcp = lab.report().flows().get(1);
      assertThat(tcp.failure()).isEqualTo("EACCES");
      assertThat(tcp.denial())
          .contains("denied { connect } scontext=u:r:a_t:s0")
          .contains("denied { create } scontext=u:r:b_t:s0");
    }
  }
}
