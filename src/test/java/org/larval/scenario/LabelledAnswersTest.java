package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Whose label a guest's own stack answers with: over IPv4 it repeats the option that came, over
 * IPv6 it has none, as the kernel's captures {@code cipso-pass-tag1} and {@code calipso-pass} show.
 */
class LabelledAnswersTest {
  private static final Pattern PEER = Pattern.compile("granted.* tcontext=(\\S+) tclass=peer");

  private static final String LAB =
      """
      lab: labelled-answers
      until: 3s
      policy:
        rules:
          - allow app_t { unlabeled_t netlabel_peer_t }:peer recv;
          - auditallow app_t { unlabeled_t netlabel_peer_t }:peer recv;
      guests:
        a:
          nic: [10.0.0.1/24, "fd00::1/64"]
          label: "system_u:system_r:app_t:s1:c1,c5,c9"
          netlabel:
            - cipso add pass doi:16 tags:1
            - calipso add pass doi:16
            - map del default
            - map add default address:0.0.0.0/0 protocol:cipso,16
            - map add default address:::/0 protocol:calipso,16
        b:
          nic: [10.0.0.2/24, "fd00::2/64"]
          label: "system_u:system_r:app_t:s7"
          netlabel:
            - cipso add pass doi:16 tags:1
            - calipso add pass doi:16
            - map del default
            - map add default address:0.0.0.0/0 protocol:cipso,16
            - map add default address:::/0 protocol:calipso,16
      links:
        - {between: [a, b]}
      traffic:
        - {from: a, to: b, ping: yes, every: 100ms, count: 3, family: FAMILY}
      """;

  private static List<String> peers(String family) {
    RunReport report =
        LabRun.run(
                LabFileReader.parse("answers.yaml", LAB.replace("FAMILY", family)),
                RunOptions.PLAIN)
            .report();
    assertThat(report.flows().getFirst().delivered()).isEqualTo(3);
    TreeSet<String> peers = new TreeSet<>();
    for (RunReport.Audited audited : report.audit()) {
      Matcher matcher = PEER.matcher(audited.record());
      if (matcher.find()) {
        peers.add(matcher.group(1));
      }
    }
    return List.copyOf(peers);
  }

  @Test
  void overIpv4WithTheOptionThatCame() {
    assertThat(peers("ipv4")).containsExactly("system_u:object_r:netlabel_peer_t:s1:c1,c5,c9");
  }

  @Test
  void overIpv6WithNone() {
    assertThat(peers("ipv6")).containsExactly("system_u:object_r:unlabeled_t:s0");
  }
}
