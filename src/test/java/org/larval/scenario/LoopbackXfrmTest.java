package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.lab.junit.LabAssertions.assertThat;

import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/** A guest's packets to itself: past IPsec as Linux has it, or through it where a person wants. */
class LoopbackXfrmTest {
  private static LabRun run(boolean protect) {
    String text =
        """
        lab: loopback-xfrm
        guests:
          a:
            nic: 10.0.0.1/24
            loopback-xfrm: %s
            xfrm:
              - ip xfrm policy setdefault out block
              - ip xfrm state add src 10.0.0.1 dst 10.0.0.1 proto esp spi 0x1001 mode transport replay-window 32 aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128
              - ip xfrm policy add src 10.0.0.1 dst 10.0.0.1 dir out tmpl src 10.0.0.1 dst 10.0.0.1 proto esp mode transport
              - ip xfrm policy add src 10.0.0.1 dst 10.0.0.1 dir in tmpl src 10.0.0.1 dst 10.0.0.1 proto esp mode transport
          b: {nic: 10.0.0.2/24}
        links:
          - {between: [a, b]}
        traffic:
          - {from: a, to: a, udp: 7, every: 10ms, count: 5}
          - {from: a, to: a, address: 127.0.0.1, udp: 8, every: 10ms, count: 5}
          - {from: a, to: b, udp: 7, every: 10ms, count: 5}
        """
            .formatted(protect ? "yes" : "no");
    return LabRun.run(LabFileReader.parse("loopback-xfrm.yaml", text), RunOptions.PLAIN);
  }

  private static long counted(LabRun lab) {
    return lab.report().sas().stream().mapToLong(sa -> sa.packets()).sum();
  }

  @Test
  void theLoopbackIsExemptAtFirst() {
    try (LabRun lab = run(false)) {
      assertThat(lab).balances();
      assertThat(lab).flow(1).delivered(5);
      assertThat(lab).flow(2).delivered(5);
      assertThat(lab).flow(3).delivered(0).refused(5);
      assertThat(counted(lab)).isZero();
    }
  }

  /** The default action is for other devices even then (xfrm_lookup, IFF_LOOPBACK). */
  @Test
  void whereItIsNotPoliciesCountAndTheDefaultDoesNot() {
    try (LabRun lab = run(true)) {
      assertThat(lab).balances();
      assertThat(lab).flow(1).delivered(5);
      assertThat(lab).flow(2).delivered(5);
      assertThat(lab).flow(3).delivered(0).refused(5);
      assertThat(counted(lab)).isEqualTo(10);
    }
  }
}
