package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.larval.lab.junit.Lab;
import org.larval.lab.run.LabRun;
import org.larval.packet.DropReason;

/**
 * Two senders under one labelled policy, an SA for one of them only. Linux's queue looks held
 * packets up without their sender's label: the policy does not match, and they leave in clear. A
 * real kernel did exactly that: 3 of 5 packets of the sender that may use the SA, 5 of 5 of the one
 * that may not.
 */
class LabelledQueueTest {
  private static final String LAB = "labs/labelled-queue.yaml";

  @Test
  @Lab(value = LAB, saMiss = "linux-queue")
  void linuxQueueLeaksWhatItHeld(LabRun lab) {
    assertThat(lab).acquires(2);
    assertThat(lab).flow(1).offered(5).held(3).leakedInClear(3);
    assertThat(lab).flow(2).offered(5).held(5).leakedInClear(5);
  }

  @Test
  @Lab(value = LAB, saMiss = "linux-default")
  void linuxDefaultLosesButDoesNotLeak(LabRun lab) {
    assertThat(lab).leaksNothing();
    assertThat(lab).flow(1).delivered(2).lost(DropReason.XFRM_OUT_NO_STATES, 3);
    assertThat(lab).flow(2).delivered(0).lost(DropReason.XFRM_OUT_NO_STATES, 5);
  }

  @Test
  @Lab(value = LAB, saMiss = "larval")
  void larvalDeliversToTheOneAndHoldsTheOther(LabRun lab) {
    assertThat(lab).leaksNothing().acquires(2);
    assertThat(lab).flow(1).delivered(5).lost(0).held(3).latencyAtMost(Duration.ofMillis(260));
    assertThat(lab).flow(2).delivered(0).stillHeld(5);
  }

  // The unlabelled look-up matches the policy, but no SA is unlabelled and none can be asked for.
  @Test
  @Lab(value = "labs/labelled-queue-permissive.yaml", saMiss = "linux-queue")
  void permissiveLinuxQueueLosesWhatItHeld(LabRun lab) {
    assertThat(lab).leaksNothing().xfrmStat("a", "XfrmOutPolError", 1);
    assertThat(lab).flow(1).offered(5).held(3).delivered(2).lost(3);
  }
}
