package org.larval.labeled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** The switches of {@code sysctl:} do in a guest what they do in the kernel. */
class SysctlTest {
  private static final String NETLABEL =
      "[\"cipso add pass doi:16 tags:1\", \"map del default\", \"map add default"
          + " protocol:cipso,16\"]";

  /** Its map knows no category 5: what the sender puts on is mapped for itself alone. */
  private static final String NARROW =
      "[\"cipso add trans doi:16 tags:1 levels:0=0 categories:1=1\", \"map del default\","
          + " \"map add default protocol:cipso,16\"]";

  private static String lab(String sender, String receiver, String netlabel) {
    return """
    lab: switches
    guests:
      a:
        nic: 10.0.0.1/24
        label: "u:r:a_t:s0:c5"
        sysctl: {%s}
        netlabel: %s
      b:
        nic: 10.0.0.2/24
        label: "u:r:b_t:s0:c5"
        sysctl: {%s}
        netlabel: %s
    links: [{between: [a, b]}]
    traffic: [{from: a, to: b, udp: 5000, size: 64, every: 1ms, count: 5}]
    """
        .formatted(sender, NETLABEL, receiver, netlabel);
  }

  @ParameterizedTest
  @CsvSource({"'', 5", "'net.ipv4.cipso_rbm_strictvalid: 0', 0"})
  void strictBitmapsAreRefusedWithAnAnswer(String switches, int answered) {
    try (LabRun lab =
        LabRun.run(LabFileReader.parse("switches", lab("", switches, NARROW)), RunOptions.PLAIN)) {
      int refused = lab.report().flows().getFirst().lost().getOrDefault("cipso-refused", 0);
      assertThat(refused).isEqualTo(answered);
    }
  }

  /** Tag 1 of one category takes 5 bytes in an option of 11, padded ones 14 in one of 20. */
  @ParameterizedTest
  @CsvSource({"0, 104", "1, 112"})
  void optimisedBitmapsArePadded(int on, int length) {
    String drops =
        """
            secmark: |
              table ip s {
                chain o { type filter hook output priority 0; meta length %d drop; }
              }
          b:
        """
            .formatted(length);
    String marked = lab("net.ipv4.cipso_rbm_optfmt: " + on, "", NETLABEL).replace("  b:\n", drops);
    try (LabRun lab = LabRun.run(LabFileReader.parse("x", marked), RunOptions.PLAIN)) {
      LabAssertions.assertThat(lab).flow(1).delivered(0);
    }
  }

  @Test
  void whatIsNoSwitchIsRefusedWithTheNearestOne() {
    assertThatThrownBy(
            () -> LabFileReader.parse("x", lab("net.ipv4.cipso_rbm_optfmd: 1", "", NETLABEL)))
        .isInstanceOf(LabFileException.class)
        .hasMessageContaining("net.ipv4.cipso_rbm_optfmt");
    assertThatThrownBy(
            () -> LabFileReader.parse("x", lab("net.ipv4.cipso_rbm_optfmt: 2", "", NETLABEL)))
        .isInstanceOf(LabFileException.class);
  }

  @Test
  void cachesChangeNothingThatIsSeen() {
    String off = "net.ipv4.cipso_cache_enable: 0, net.ipv4.cipso_cache_bucket_size: 0";
    try (LabRun lab =
        LabRun.run(LabFileReader.parse("x", lab(off, off, NETLABEL)), RunOptions.PLAIN)) {
      LabAssertions.assertThat(lab).flow(1).delivered(5);
      assertThat(lab.report().flows().getFirst().peerLabel()).endsWith(":netlabel_peer_t:s0:c5");
    }
  }
}
