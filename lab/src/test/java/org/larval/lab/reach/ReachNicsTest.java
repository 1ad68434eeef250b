package org.larval.lab.reach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.larval.lab.reach.Asked.pair;
import static org.larval.lab.reach.Asked.reach;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.reach.ReachReport.Pair;

/** Every way from NIC to NIC. */
class ReachNicsTest {
  @TempDir private Path directory;

  @Test
  void judgesEveryPairOfNics() {
    String lab =
        """
        lab: x
        policy:
          rules: ["allow t_t spd_t:association polmatch; permissive unlabeled_t;",
            "allow t_t netif_t:netif { ingress egress }; allow t_t node_t:node { recvfrom sendto };",
            "allow t_t unlabeled_t:peer recv;"]
        bridges: [br0, br1]
        guests:
          a: {nics: {eth0: 10.0.0.1/24, eth1: 10.1.0.1/24}, label: "u:r:t_t"}
          b: {nics: {eth0: 10.0.0.2/24, eth1: 10.2.0.2/24}, label: "u:r:t_t"}
          r: {nics: {eth0: 10.1.0.9/24, eth1: 10.2.0.9/24}, forward: yes}
          x: {nic: 10.1.0.7/24, label: "u:r:t_t"}
        links:
          - {between: [a.eth0, br0]}
          - {between: [b.eth0, br0]}
          - {between: [a.eth1, br1]}
          - {between: [r.eth0, br1]}
          - {between: [x, br1]}
          - {between: [b.eth1, r.eth1]}
        protect: [{between: [a, b], label: "u:r:spd_t"}]
        """;
    Pair pair = pair(reach(lab), "a", "b");
    // the protection is for the addresses on the common wire; the other way stays in clear
    assertThat(pair.paths())
        .extracting(path -> path.name(), path -> path.way(), path -> path.open())
        .containsExactly(
            tuple("clear", "a.eth1 -> r.eth0, r.eth1 -> b.eth1", true),
            tuple("association", "a.eth0 -> b.eth0", false),
            tuple("peer", "a.eth0 -> b.eth0", false),
            tuple("peer", "a.eth1 -> r.eth0, r.eth1 -> b.eth1", false));
    assertThat(pair.paths().getFirst().addresses()).containsExactly("10.1.0.1 > 10.2.0.2");
    assertThat(pair(reach(lab.replace(", forward: yes", "")), "a", "b").reaches()).isFalse();
    assertThat(pair(reach(lab), "x", "b").paths().getFirst().way())
        .isEqualTo("x.eth0 -> r.eth0, r.eth1 -> b.eth1");
    // a router that has no route to it does not deliver
    String elsewhere =
        lab.replace(
            "r: {nics: {eth0: 10.1.0.9/24, eth1: 10.2.0.9/24}",
            "r: {nics: {eth0: 10.1.0.9/24, eth1: 10.3.0.9/24}");
    assertThat(pair(reach(elsewhere), "x", "b").connected()).isFalse();
    String routed =
        elsewhere
            .replace(
                "b: {nics: {eth0: 10.0.0.2/24, eth1: 10.2.0.2/24}",
                "b: {nics: {eth0: [10.0.0.2/24, 10.3.0.2/24], eth1: [10.2.0.2/24, 10.3.0.3/24]}")
            .replace("forward: yes", "forward: yes, routes: [10.2.0.0/24 via 10.3.0.3]");
    assertThat(pair(reach(routed), "x", "b").paths().getFirst().addresses())
        .containsExactly("10.1.0.7 > 10.2.0.2", "10.1.0.7 > 10.3.0.3");
  }

  @Test
  void looksAtTheInterfaceAndAddressOfEachNic() throws Exception {
    Files.writeString(
        directory.resolve("p.yaml"),
        """
        policy: p
        mls: bare
        capabilities: [network_peer_controls, always_check_network]
        types: {t_t: [], lan_t: [], wan_t: []}
        netifs: {eth0: "system_u:object_r:lan_t:s0", eth1: "system_u:object_r:wan_t:s0"}
        nodes: {10.0.0.0/8: "system_u:object_r:lan_t:s0", fd00::/16: "system_u:object_r:lan_t:s0"}
        rules:
          - allow { t_t unlabeled_t } lan_t:netif { ingress egress };
          - allow { t_t unlabeled_t } lan_t:node { recvfrom sendto };
          - allow t_t unlabeled_t:peer recv; allow t_t unlabeled_t:packet { send recv };
        """);
    Path file = directory.resolve("lab.yaml");
    Files.writeString(
        file,
        """
        lab: x
        policy: p.yaml
        bridges: [br0]
        guests:
          a: {nics: {eth0: [10.0.0.1/24, fd00::1/64], eth1: 10.0.1.1/24}, label: "system_u:system_r:t_t:s0:c1"}
          b: {nics: {eth0: [192.168.0.2/24, fd00::2/64]}, label: "system_u:system_r:t_t:s0:c2"}
        links: [{between: [a.eth0, br0]}, {between: [a.eth1, br0]}, {between: [b, br0]}]
        """);
    ReachReport report = reach(LabFileReader.read(file));
    assertThat(pair(report, "a", "b").paths())
        .filteredOn(path -> path.inLab())
        .extracting(path -> path.way(), path -> path.addresses().toString(), path -> path.open())
        .containsExactly(
            tuple("a.eth0 -> b.eth0", "[10.0.0.1 > 192.168.0.2]", false),
            tuple("a.eth0 -> b.eth0", "[fd00::1 > fd00::2]", true),
            tuple("a.eth1 -> b.eth0", "[10.0.1.1 > 192.168.0.2]", false));
  }
}
