package org.larval.labeled;

import static org.larval.lab.junit.LabAssertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * SELinux labels at OUTPUT with priority -225 and checks at POSTROUTING with 225: chains see
 * packets, and are seen, by their own priorities. A datagram of 92 bytes has 104 with its label.
 */
class HookPriorityTest {
  private static LabRun run(String sender, String receiver) {
    String text =
        """
        lab: priorities
        policy:
          rules:
            - allow { a_t b_t } self:udp_socket { create connect bind write read };
            - allow b_t { node_t port_t }:udp_socket { node_bind name_bind };
            - allow a_t out_t:packet send;
            - allow b_t in_t:packet recv;
            - allow { a_t netlabel_peer_t } netif_t:netif { ingress egress };
            - allow { a_t netlabel_peer_t } node_t:node { recvfrom sendto };
            - allow b_t netlabel_peer_t:peer recv;
        guests:
        """
            + guest("a", 1, sender)
            + guest("b", 2, receiver)
            + """
            links: [{between: [a, b]}]
            traffic: [{from: a, to: b, udp: 5000, size: 64, every: 1ms, count: 5}]
            """;
    return LabRun.run(LabFileReader.parse("priorities", text), RunOptions.PLAIN);
  }

  private static String guest(String name, int host, String chains) {
    return """
      %1$s:
        nic: 10.0.0.%2$d/24
        label: "u:r:%1$s_t:s0"
        netlabel: ["cipso add pass doi:16 tags:1", "map del default", "map add default protocol:cipso,16"]
        secmark: |
          table ip s {
            secmark in { "u:object_r:in_t:s0" }
            secmark out { "u:object_r:out_t:s0" }
            secmark bad { "u:object_r:bad_t:s0" }
            %3$s
          }
    """
        .formatted(name, host, chains);
  }

  private static String chain(String hook, int priority, String rule) {
    return "chain %s%d { type filter hook %s priority %d; %s; }\n        "
        .formatted(hook, priority + 1000, hook, priority, rule);
  }

  @ParameterizedTest
  @CsvSource({"-300, 92", "-225, 92", "-224, 104", "0, 104", "300, 104"})
  void outputBeforeTheLabelSeesThePacketWithoutIt(int priority, int length) {
    String input = chain("input", 0, "meta secmark set \"in\"");
    for (int expected : new int[] {92, 104}) {
      String rule = "meta length " + expected + " meta secmark set \"out\"";
      try (LabRun lab = run(chain("output", priority, rule), input)) {
        if (length == expected) {
          assertThat(lab).flow(1).delivered(5);
        } else {
          assertThat(lab).flow(1).refused(Errno.ECONNREFUSED, 5);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"-300, false", "224, false", "225, false", "226, true", "300, true"})
  void postroutingAfterTheCheckMarksInVain(int priority, boolean passes) {
    String marks =
        chain("output", 0, "meta secmark set \"out\"")
            + chain("postrouting", priority, "meta secmark set \"bad\"");
    try (LabRun lab = run(marks, chain("input", 0, "meta secmark set \"in\""))) {
      if (passes) {
        assertThat(lab).flow(1).delivered(5);
      } else {
        assertThat(lab).flow(1).refused(Errno.ECONNREFUSED, 5);
      }
    }
  }

  /** The check of a receiver is the socket's: behind all of INPUT. */
  @ParameterizedTest
  @CsvSource({"-300, 300", "300, -300"})
  void theLastOfInputCounts(int allows, int denies) {
    String output = chain("output", 0, "meta secmark set \"out\"");
    String marks =
        chain("input", allows, "meta secmark set \"in\"")
            + chain("input", denies, "meta secmark set \"bad\"");
    try (LabRun lab = run(output, marks)) {
      if (allows > denies) {
        assertThat(lab).flow(1).delivered(5);
      } else {
        assertThat(lab).flow(1).delivered(0).lost(DropReason.PACKET_CLASS_DENIED, 5);
      }
    }
  }
}
