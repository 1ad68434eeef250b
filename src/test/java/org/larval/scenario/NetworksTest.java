package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.larval.lab.junit.Lab;
import org.larval.lab.run.LabRun;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/** Bridges, routers and gateways. */
class NetworksTest {
  // 1 + 2 + 3 + 1 + 10 + 1 = 18 ms one way; the first message also waits for four resolutions
  @Test
  @Lab("labs/bridges-and-routers.yaml")
  void threeBridgesAndTwoRoutersInBothFamilies(LabRun lab) {
    assertThat(lab).balances().dropped(DropReason.NO_ROUTE, 0);
    assertThat(lab).flow(1).delivered(50).late(1).latencyAtMost(Duration.ofMillis(54));
    assertThat(lab).flow(2).delivered(50).late(1).latencyAtMost(Duration.ofMillis(54));
    assertThat(lab).flow(3).delivered(5);
    assertThat(lab).flow(4).delivered(5);
    assertThat(lab).flow(5).delivered(5).latencyAtMost(Duration.ofMillis(36));
    // three fragments each, put together at the end
    assertThat(lab).flow(6).delivered(10);
    assertThat(lab).flow(7).delivered(10);
  }

  @Test
  @Lab("labs/gateway-tunnel.yaml")
  void aTunnelBetweenGatewaysHoldsForwardedPackets(LabRun lab) {
    assertThat(lab).balances().leaksNothing().acquires(1);
    assertThat(lab).flow(1).delivered(100).lost(0).held(31);
    assertThat(lab).flow(2).delivered(5).held(2);
    assertThat(lab).flow(3).delivered(5).lost(0);
    // its first full segments do not fit the tunnel; the gateway says so, TCP sends smaller ones
    assertThat(lab).flow(4).offered(13).delivered(13);
  }

  @Test
  @Lab("labs/path-mtu.yaml")
  void theSenderLearnsThePathMtuOfATunnel(LabRun lab) {
    assertThat(lab).balances().leaksNothing();
    // DF is set: the first one is too big and dropped with an ICMP error, then they come in pieces
    assertThat(lab).flow(1).offered(5).delivered(4).lost(DropReason.FRAGMENTATION_NEEDED, 1);
    // what fits the tunnel is never touched
    assertThat(lab).flow(2).delivered(5).lost(0);
    assertThat(lab).flow(3).offered(31).delivered(31);
  }

  @Test
  @Lab("labs/bulk-under-loss.yaml")
  void everyBlockArrivesAsItWasSent(LabRun lab) {
    // 1 MB in blocks of 16 kB; corrupted frames are dropped by ESP, lost ones are sent again
    assertThat(lab).balances().leaksNothing();
    assertThat(lab).flow(1).offered(62).delivered(62).lost(0).duplicated(0);
    assertThat(lab).flow(2).offered(62).delivered(62).lost(0).duplicated(0);
  }

  @Test
  @Lab("labs/link-changes.yaml")
  void aLinkThatGoesDownAndComesBack(LabRun lab) {
    // down from 1 s to 2 s: 100 of 300 datagrams; then slower by 100 ms
    assertThat(lab).balances();
    assertThat(lab)
        .flow(1)
        .offered(300)
        .delivered(200)
        .lost(DropReason.LINK_DOWN, 100)
        .late(100)
        .latencyAtMost(Duration.ofMillis(110));
  }

  @Test
  @Lab("labs/device-selector.yaml")
  void aSelectorNamesADevice(LabRun lab) {
    assertThat(lab).balances();
    assertThat(lab).flow(1).delivered(3).lost(0);
    assertThat(lab).flow(2).delivered(0).refused(Errno.EPERM, 3);
  }
}
