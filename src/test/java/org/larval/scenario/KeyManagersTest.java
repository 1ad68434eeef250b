package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.junit.Lab;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/** What a key manager may do, and what the traffic makes of it: 40 datagrams, one each 50 ms. */
class KeyManagersTest {
  private static LabRun lab(String saMiss, String keys) {
    String text =
        """
        lab: key-managers
        until: 15s
        sa-miss: %s
        guests:
          a: {nic: 10.0.0.1/24}
          b: {nic: 10.0.0.2/24}
        links:
          - {between: [a, b], delay: 10ms}
        protect:
          - {between: [a, b], reqid: 1}
        keys:
          - {between: [a, b], %s}
        traffic:
          - {from: a, to: b, udp: 7, every: 50ms, count: 40}
        """;
    return LabRun.run(
        LabFileReader.parse("key-managers", text.formatted(saMiss, keys)), RunOptions.PLAIN);
  }

  @Test
  void manualKeysNeedNobody() {
    assertThat(lab("linux-default", "by: manual"))
        .balances()
        .acquires(0)
        .flow(1)
        .delivered(40)
        .latencyAtMost(Duration.ofMillis(30));
  }

  @Test
  @Lab("labs/manual-lines.yaml")
  void manualKeysAsIpXfrmLines(LabRun lab) {
    assertThat(lab).balances().leaksNothing().acquires(0);
    assertThat(lab).flow(1).delivered(40).held(0);
  }

  @Test
  void anAnswerThatNeverComes() {
    // the lab's age limit of 10 s drops what waited; the rest of the 40 were all sent by 2 s
    assertThat(lab("larval", "answer-after: never"))
        .balances()
        .flow(1)
        .delivered(0)
        .held(40)
        .lost(DropReason.HOLD_TIMEOUT, 40)
        .leakedInClear(0);
    assertThat(lab("linux-default", "answer-after: never"))
        .flow(1)
        .lost(DropReason.XFRM_OUT_NO_STATES, 40);
    assertThat(lab("linux-queue", "answer-after: never")).flow(1).stillHeld(40).delivered(0);
    // the task sleeps in its first call, so there is no second message
    assertThat(lab("linux-2.6.21", "answer-after: never")).flow(1).offered(1).asleep(1);
  }

  @Test
  void aFailureIsToldToTheSender() {
    // after 300 ms the first seven have waited (0, 50 ... 300); for a second calls are refused,
    // then the next one asks again
    assertThat(lab("larval", "fails-after: 310ms"))
        .balances()
        .acquires(2)
        .flow(1)
        .delivered(0)
        .leakedInClear(0)
        .lost(DropReason.NEGOTIATION_FAILED, 14)
        .refused(Errno.EHOSTUNREACH, 26);
  }

  @Test
  void aKeyManagerThatStartsLate() {
    // Linux sends no acquire while nobody listens: the first call after 1 s asks
    assertThat(lab("linux-default", "answer-after: 100ms, listens-from: 1s"))
        .balances()
        .acquires(1)
        .flow(1)
        .lost(DropReason.XFRM_OUT_NO_STATES, 22)
        .delivered(18);
    assertThat(lab("larval", "answer-after: 100ms, listens-from: 1s"))
        .acquires(1)
        .flow(1)
        .delivered(40)
        .lost(0);
  }

  @Test
  void aPolicyWrittenAnewAfterwards() {
    assertThat(lab("larval", "answer-after: 200ms, then: rewrite-policy"))
        .balances()
        .acquires(1)
        .flow(1)
        .delivered(40)
        .leakedInClear(0);
  }

  @Test
  void aPolicyThatBlocksMeanwhile() {
    // the first call meets the trap, the next three (50, 100, 150 ms) the block
    assertThat(lab("linux-default", "answer-after: 190ms, meanwhile: block, then: rewrite-policy"))
        .balances()
        .flow(1)
        .lost(DropReason.XFRM_OUT_NO_STATES, 1)
        .refused(Errno.EPERM, 3)
        .delivered(36);
  }
}
