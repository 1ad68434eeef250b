package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.PolicySource;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * A real kernel with SELinux, enforcing a policy that we compiled, and one of our guests with the
 * same policy send each other UDP and TCP: with CIPSO, over labelled SAs with manual keys, with
 * both, and to programs that may hear nobody. Each says who it thinks the other is: the kernel by
 * SCM_SECURITY and SO_PEERSEC, our guest by the audit record of the check that let the packet in.
 */
@Tag("interop")
class LabelledGuestTest {
  private static final String OURS = "s1:c1,c5,c9";
  private static final String THEIRS = "s2:c3,c7";
  private static final int DATAGRAMS = 5;
  private static final int BYTES = 20_000;
  private static final int TRIES = 100;

  private static final String POLICY =
      """
      policy: labelled-guest
      mls: bare
      types:
        app_t: [domain]
        deaf_t: [domain]
        kernel_t: [domain]
        ipsec_spd_t: []
      initial-sids: {kernel: "system_u:system_r:kernel_t:s0"}
      rules: |
        # a kernel takes no policy without these
        allow domain domain:process { fork transition dyntransition setsockcreate };
        allow kernel_t { domain ipsec_spd_t }:association { setcontext polmatch sendto recvfrom };
        allow domain ipsec_spd_t:association polmatch;
        allow domain self:association { sendto recvfrom };
        allow { app_t kernel_t } { domain netlabel_peer_t unlabeled_t }:peer recv;
        allow deaf_t unlabeled_t:peer recv;
        auditallow app_t { domain netlabel_peer_t unlabeled_t }:peer recv;
      """;

  private static final Pattern SENDER = Pattern.compile("granted.* tcontext=(\\S+) tclass=peer");

  @TempDir Path directory;

  /**
   * What is in use.
   *
   * @param type of the programs at both ends
   */
  private record Way(String name, boolean cipso, boolean esp, String type) {
    String context(String level) {
      return "system_u:system_r:" + type + ":" + level;
    }

    /** Who a program is taken for that sends at a level. */
    String peer(String level) {
      return esp ? context(level) : "system_u:object_r:netlabel_peer_t:" + level;
    }

    List<String> netlabel(String peer) {
      return cipso
          ? List.of(
              "cipso add pass doi:16 tags:1",
              "map del default",
              "map add default address:0.0.0.0/0 protocol:unlbl",
              "map add default address:::/0 protocol:unlbl",
              "map add default address:" + peer + "/32 protocol:cipso,16")
          : List.of();
    }

    /** Programs answer at the level of who calls, so each level has SAs both ways. */
    List<String> xfrm(boolean ours) {
      List<String> lines = new ArrayList<>();
      if (esp) {
        int spi = 0x1001;
        for (String level : List.of(OURS, THEIRS)) {
          for (String ends : List.of("src 10.9.0.1 dst 10.9.0.2", "src 10.9.0.2 dst 10.9.0.1")) {
            lines.add(
                "ip xfrm state add %s proto esp spi 0x%x reqid 7 mode transport replay-window 32"
                        .formatted(ends, spi)
                    + " aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f1011%04x 128"
                        .formatted(spi)
                    + " ctx "
                    + context(level));
            spi++;
          }
        }
        for (boolean there : List.of(true, false)) {
          String ends = there ? "src 10.9.0.1 dst 10.9.0.2" : "src 10.9.0.2 dst 10.9.0.1";
          lines.add(
              "ip xfrm policy add %s dir %s ctx system_u:object_r:ipsec_spd_t:s0"
                      .formatted(ends, there == ours ? "out" : "in")
                  + " tmpl %s proto esp reqid 7 mode transport".formatted(ends));
        }
      }
      return lines;
    }

    String lab(Path policy) {
      StringBuilder lab = new StringBuilder();
      lab.append("lab: labelled-guest\ntime: real\nuntil: 60s\n");
      lab.append("policy: {file: '").append(policy).append("'}\nguests:\n");
      lab.append("  a:\n    nic: 10.9.0.1/24\n    label: '").append(context(OURS)).append("'\n");
      list(lab, "netlabel", netlabel("10.9.0.2"));
      list(lab, "xfrm", xfrm(true));
      lab.append("  k: {nic: 10.9.0.2/24}\nlinks:\n  - {between: [a, k]}\ntraffic:\n");
      lab.append("  - {from: a, to: k, udp: 7, every: 500ms, count: 5, connected: yes}\n");
      lab.append("  - {from: a, to: k, tcp: 7, echo: 5}\n");
      lab.append("  - {from: k, to: a, udp: 6001}\n  - {from: k, to: a, bulk: 6002}\n");
      return lab.toString();
    }

    private static void list(StringBuilder lab, String key, List<String> lines) {
      if (!lines.isEmpty()) {
        lab.append("    ").append(key).append(":\n");
        lines.forEach(
            line -> lab.append("      - '").append(line.replace("'", "''")).append("'\n"));
      }
    }
  }

  /** What each end saw. */
  private record Seen(
      RunReport report,
      List<String> kernelServer,
      LinuxGuest.Answer kernelUdp,
      LinuxGuest.Answer kernelTcp,
      List<String> peersOfOurs,
      Map<String, Long> kernelXfrm) {}

  @Test
  void eachSeesTheOthersLabel() throws Exception {
    String reason = LinuxGuest.prepare();
    assumeTrue(reason.isEmpty(), reason);
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(policy, POLICY);
    try (Kernels _ = Kernels.together();
        LinuxGuest linux = LinuxGuest.boot(directory, "security=selinux enforcing=0")) {
      String missing = linux.withoutNetlabelctl();
      assumeTrue(missing.isEmpty(), missing);
      linux.loadPolicy(PolicySource.image(policy));
      linux.must("echo 1 > /sys/fs/selinux/enforce");
      linux.must("ip addr add 10.9.0.2/24 dev eth0");
      System.out.println("labelled guest: " + linux.version());
      for (Way way :
          List.of(
              new Way("CIPSO", true, false, "app_t"),
              new Way("labelled ESP", false, true, "app_t"),
              new Way("CIPSO and labelled ESP", true, true, "app_t"))) {
        heard(way, exchange(linux, policy, way));
      }
      unheard(exchange(linux, policy, new Way("CIPSO, deaf", true, false, "deaf_t")));
    }
  }

  private Seen exchange(LinuxGuest linux, Path policy, Way way) throws IOException {
    linux.run("killall label; netlabelctl map del default; netlabelctl cipso del doi:16");
    linux.must("netlabelctl map add default protocol:unlbl");
    linux.must("ip xfrm state flush; ip xfrm policy flush");
    if (way.cipso()) {
      for (String line : way.netlabel("10.9.0.1")) {
        linux.must("netlabelctl " + line);
      }
    }
    for (String line : way.xfrm(false)) {
      linux.must(line);
    }
    String run = "label run " + way.context(THEIRS) + " label ";
    linux.must(run + "serve /tmp/log");
    Map<String, Long> before = linux.xfrmStat();
    LinuxGuest.Answer udp;
    LinuxGuest.Answer tcp;
    RunReport report;
    try (LabRun lab =
        LabRun.start(
            LabFileReader.parse("labelled-guest.yaml", way.lab(policy)),
            RunOptions.PLAIN.withOutside("k", linux.place()))) {
      udp = linux.run(run + "udp 10.9.0.1 6001 " + DATAGRAMS);
      tcp =
          way.type().equals("deaf_t")
              ? new LinuxGuest.Answer(0, "")
              : linux.run(run + "tcp 10.9.0.1 6002 " + BYTES);
      lab.runFor(Math.max(0, 2_000_000_000L - lab.now()));
      for (int i = 0; i < TRIES && !way.type().equals("deaf_t") && heard(linux) <= DATAGRAMS; i++) {
        lab.runFor(100_000_000L);
      }
      lab.runFor(500_000_000L);
      lab.stop();
      report = lab.report();
    }
    Map<String, Long> after = linux.xfrmStat();
    after.replaceAll((name, count) -> count - before.getOrDefault(name, 0L));
    after.values().removeIf(count -> count == 0);
    List<String> served = linux.must("cat /tmp/log").lines().toList();
    TreeSet<String> peers = new TreeSet<>();
    for (RunReport.Audited audited : report.audit()) {
      Matcher matcher = SENDER.matcher(audited.record());
      if (matcher.find()) {
        peers.add(matcher.group(1));
      }
    }
    System.out.println(way.name());
    System.out.println("  the kernel's server   " + new TreeSet<>(served) + ", " + served.size());
    System.out.println("  the kernel's clients  " + (udp.text() + tcp.text()).strip());
    System.out.println("  our guest's peers     " + peers);
    System.out.println(
        "  our flows             answered "
            + report.flows().get(0).rttMs()
            + ", refused "
            + report.flows().get(0).refused()
            + ", tcp answered "
            + report.flows().get(1).delivered());
    System.out.println("  xfrm                  " + after + " " + report.xfrmStat());
    return new Seen(report, served, udp, tcp, List.copyOf(peers), after);
  }

  /** How many datagrams and connections came to the kernel's server. */
  private static long heard(LinuxGuest linux) throws IOException {
    return linux.must("cat /tmp/log").lines().count();
  }

  private static void heard(Way way, Seen seen) {
    String ofOurs = " 10.9.0.1 " + way.peer(OURS);
    assertThat(seen.kernelServer())
        .as("%s: whom the kernel's programs hear", way.name())
        .filteredOn(line -> line.startsWith("udp"))
        .hasSize(DATAGRAMS)
        .containsOnly("udp" + ofOurs);
    assertThat(seen.kernelServer()).contains("tcp" + ofOurs).hasSize(DATAGRAMS + 1);
    assertThat(seen.kernelUdp().status()).isZero();
    // our server's connection has the caller's level
    assertThat(seen.kernelTcp().text().strip()).isEqualTo("tcp 10.9.0.1 " + way.peer(THEIRS));
    assertThat(seen.kernelTcp().status()).isZero();
    assertThat(seen.peersOfOurs())
        .as("%s: whom our programs hear", way.name())
        .containsExactlyInAnyOrder(way.peer(OURS), way.peer(THEIRS));
    List<Double> answers = seen.report().flows().get(0).rttMs();
    Map<String, Map<String, Long>> xfrm = seen.report().xfrmStat();
    if (way.cipso() && way.esp() && !xfrm.isEmpty()) {
      // Linux (6.1, 6.12) labels what a socket that is not connected sends before and after ESP,
      // and then
      // the header ends between the two options: the SPI reads as the second one's first bytes
      assertThat(answers).hasSize(DATAGRAMS).allMatch(rtt -> rtt < 0);
      assertThat(xfrm).containsExactly(Map.entry("a", Map.of("XfrmInNoStates", (long) DATAGRAMS)));
    } else {
      assertThat(answers).hasSize(DATAGRAMS).allMatch(rtt -> rtt >= 0);
      assertThat(xfrm).isEmpty();
    }
    assertThat(seen.report().flows().get(1).delivered()).isEqualTo(5);
    assertThat(seen.kernelXfrm()).isEmpty();
    assertThat(seen.report().sas()).hasSize(way.esp() ? 4 : 0).allMatch(sa -> sa.packets() > 0);
  }

  /** Both tell the sender: ICMP 3, code 10. */
  private static void unheard(Seen seen) {
    assertThat(seen.kernelServer()).isEmpty();
    assertThat(seen.kernelUdp().text()).contains("No route to host");
    assertThat(seen.report().flows().get(0).refused()).containsOnlyKeys("EHOSTUNREACH");
    assertThat(seen.report().audit()).anyMatch(line -> line.record().contains("denied  { recv }"));
  }
}
