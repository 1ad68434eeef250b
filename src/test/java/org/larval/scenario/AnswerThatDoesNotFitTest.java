package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.larval.lab.junit.Lab;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.run.LabRun;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * The key manager answers at once, but the sender may not use the SA (association sendto is
 * denied). The packet that asked must not ask for the same again without end.
 */
@Lab("labs/answer-does-not-fit.yaml")
class AnswerThatDoesNotFitTest {
  @Test
  @Timeout(30)
  void eachMessageAsksOnce(LabRun lab) {
    LabAssertions.assertThat(lab)
        .acquires(5)
        .flow(1)
        .delivered(0)
        .lost(DropReason.HOLD_RELOOKUP_FAILED, 5)
        .leakedInClear(0);
    assertThat(lab.now()).isLessThan(Duration.ofSeconds(10).toNanos());
  }

  // The task that sleeps is woken by the SA, and told that none is for it.
  @Test
  @Lab(value = "labs/answer-does-not-fit.yaml", saMiss = "linux-2.6.21")
  @Timeout(30)
  void aSleeperIsWokenOnce(LabRun lab) {
    LabAssertions.assertThat(lab)
        .acquires(5)
        .flow(1)
        .delivered(0)
        .refused(Errno.ESRCH, 5)
        .leakedInClear(0);
  }
}
