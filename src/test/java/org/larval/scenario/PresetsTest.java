package org.larval.scenario;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.larval.lab.junit.FlowAssert;
import org.larval.lab.junit.Lab;
import org.larval.lab.junit.LabAssertions;
import org.larval.lab.run.LabRun;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * Ten systems and one missing SA, which comes 800 ms after it is asked for. 200 datagrams, one each
 * 10 ms; of these the first 80 come before the SA (the first two also wait for ARP: 20 ms). Ten
 * pings, one each 200 ms: four come before it, at 0, 200, 400 and 600 ms.
 */
class PresetsTest {
  private static final String LAB = "labs/presets.yaml";
  private static final Duration SA = Duration.ofMillis(800);

  /** One round trip of ARP, half a round trip of the data, a tick of 4 ms. */
  private static final Duration SOON_AFTER_SA = SA.plusMillis(45);

  private static FlowAssert flow(LabRun lab, int number) {
    return LabAssertions.assertThat(lab).balances().leaksNothing().flow(number);
  }

  // The task sleeps in its first sendto() until the SA stands; afterwards it goes on as planned.
  private static void sleeps(LabRun lab) {
    flow(lab, 1).delivered(200).lost(0).refused(0).held(0).late(1).latencyAtLeast(SA);
    flow(lab, 2).delivered(10).latencyAtLeast(SA);
    flow(lab, 3).delivered(5).connectedBetween(SA, SOON_AFTER_SA).synRetransmissions(0);
  }

  @Test
  @Lab(value = LAB, saMiss = "linux-2.6.21")
  void linux2621LetsTheTaskSleep(LabRun lab) {
    sleeps(lab);
  }

  @Test
  @Lab(value = LAB, saMiss = "linux-2.6.22-block")
  void linux2622LetsTheTaskSleep(LabRun lab) {
    sleeps(lab);
  }

  // The call succeeds, the packet is gone; TCP tries again after a second.
  private static void discards(LabRun lab) {
    flow(lab, 1).delivered(120).lost(80).lost(DropReason.XFRM_OUT_NO_STATES, 80).refused(0);
    flow(lab, 2).delivered(6).lost(DropReason.XFRM_OUT_NO_STATES, 4);
    flow(lab, 3)
        .delivered(5)
        .synRetransmissions(1)
        .connectedBetween(Duration.ofSeconds(1), Duration.ofMillis(1050));
  }

  @Test
  @Lab(value = LAB, saMiss = "linux-default")
  void linuxDiscards(LabRun lab) {
    discards(lab);
    // 80 datagrams, 4 pings, and 3 for a connection, as a real kernel counts: connect() looks its
    // route up twice before the SYN does
    LabAssertions.assertThat(lab).xfrmStat("a", "XfrmOutNoStates", 87);
  }

  @Test
  @Lab(value = LAB, saMiss = "freebsd")
  void freebsdDiscards(LabRun lab) {
    discards(lab);
  }

  @Test
  @Lab(value = LAB, saMiss = "openbsd")
  void openbsdDiscards(LabRun lab) {
    discards(lab);
  }

  // Polls at 100, 300, 700 and 1500 ms: what waits for an SA of 800 ms waits for 1.5 s.
  @Test
  @Lab(value = LAB, saMiss = "linux-queue")
  void linuxQueueFindsTheSaAtItsNextPoll(LabRun lab) {
    Duration poll = Duration.ofMillis(1500);
    flow(lab, 1).delivered(200).held(80).late(80).reordered(1).latencyAtLeast(poll);
    flow(lab, 2).delivered(10).held(4).latencyAtLeast(poll);
    // the connection keeps the holding route: each exchange waits for a timer of 100 ms
    flow(lab, 3)
        .delivered(5)
        .connectedBetween(poll, Duration.ofMillis(1613))
        .held(5)
        .latencyAtLeast(Duration.ofMillis(100));
  }

  // Everything waits and leaves the moment that the SA stands, in order.
  private static void holds(LabRun lab) {
    flow(lab, 1).delivered(200).lost(0).refused(0).held(80).reordered(0).latencyAtLeast(SA);
    flow(lab, 1).latencyAtMost(SOON_AFTER_SA);
    flow(lab, 2).delivered(10).held(4).latencyAtLeast(SA).latencyAtMost(SOON_AFTER_SA);
    flow(lab, 3).delivered(5).connectedBetween(SA, SOON_AFTER_SA).synRetransmissions(0);
  }

  @Test
  @Lab(value = LAB, saMiss = "wireguard")
  void wireguardHolds(LabRun lab) {
    holds(lab);
  }

  @Test
  @Lab(value = LAB, saMiss = "larval")
  void larvalHolds(LabRun lab) {
    holds(lab);
  }

  // The first packet meets the trap, later ones the key manager's blocking policy.
  @Test
  @Lab(value = LAB, saMiss = "libreswan")
  void libreswanBlocksWhileItNegotiates(LabRun lab) {
    flow(lab, 1).delivered(120).lost(DropReason.XFRM_OUT_NO_STATES, 1).refused(Errno.EPERM, 79);
    flow(lab, 2).delivered(6).lost(1).refused(Errno.EPERM, 3);
  }

  @Test
  @Lab(value = LAB, saMiss = "eagain")
  void eagainTellsTheSender(LabRun lab) {
    flow(lab, 1).delivered(120).lost(0).refused(Errno.EAGAIN, 80);
    flow(lab, 2).delivered(6).lost(0).refused(Errno.EAGAIN, 4);
    flow(lab, 3).delivered(5).connectedBetween(SA, SOON_AFTER_SA);
  }
}
