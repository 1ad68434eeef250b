package org.larval.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.cli.Main;

/** {@code larval policy}: questions in words, in files, and questions that make no sense. */
class PolicyCommandsTest {
  private static final String TINY = "labels/src/test/resources/policies/tiny.33.gz";
  private static final String BROWSER = "staff_u:user_r:internal_browser_t:s0";
  private static final String PACKET = "system_u:object_r:dmz_packet_t:s0";

  private final StringWriter out = new StringWriter();
  private final StringWriter complaints = new StringWriter();

  private int run(String... words) {
    return Main.run(new PrintWriter(out), new PrintWriter(complaints), words);
  }

  @Test
  void mayAnswersByItsExitCode() {
    assertThat(run("policy", "may", TINY, BROWSER, PACKET, "packet", "send")).isEqualTo(1);
    assertThat(out.toString()).endsWith("  denied { send }\n");
    assertThat(
            run(
                "policy",
                "may",
                TINY,
                BROWSER,
                PACKET,
                "packet",
                "send",
                "recv",
                "--boolean",
                "allow_browser_dmz=on"))
        .isZero();
    assertThat(out.toString()).endsWith("  allowed { send recv }\n");
    String debug = "system_u:system_r:debug_t:s0";
    assertThat(run("policy", "may", TINY, debug, PACKET, "packet", "send")).isZero();
    assertThat(out.toString()).endsWith("  let pass, being permissive, { send }\n");
  }

  @Test
  void whyExplainsLinesOfAFile(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("questions.tsv");
    Files.writeString(
        file,
        "av\t"
            + BROWSER
            + "\tsystem_u:object_r:external_netif_t:s0\tnetif\t-\t-\t-\t1\n"
            + "dom\ts1\ts0\n");
    assertThat(run("policy", "why", TINY, "--questions", file.toString())).isZero();
    assertThat(out)
        .hasToString(
            """
            staff_u:user_r:internal_browser_t:s0 -> system_u:object_r:external_netif_t:s0 : netif
              denied { ingress egress }
                because: no rule allows it to internal_browser_t on external_netif_t:netif
                to permit it: add the rule allow internal_browser_t external_netif_t:netif \
            { egress ingress };

            s1 dominates s0
              s0 lacks sensitivity s1
            """);
  }

  @Test
  void aFileOfQuestionsSaysWhichLineIsWrong(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("questions.tsv");
    Files.writeString(file, "netif\tlo\nav\t" + BROWSER + "\n");
    assertThat(run("policy", "why", TINY, "--questions", file.toString())).isEqualTo(2);
    assertThat(complaints.toString())
        .isEqualTo(
            "larval: "
                + file
                + ":2:1: 'av' has 1 fields after it; put 3 there, with tabs between\n");
  }

  @Test
  void searchFindsRulesByAttributesToo() {
    assertThat(
            run("policy", "search", TINY, "--source", "internal_browser_t", "--perm", "polmatch"))
        .isZero();
    assertThat(out)
        .hasToString(
            """
            allow domain ipsec_spd_t:association polmatch;
            allow internal_browser_t internal_browser_t:association { recvfrom polmatch };
            allow internal_browser_t internal_spd_t:association { sendto polmatch };
            allow internal_browser_t ipsec_spd_t:association { sendto polmatch };
            """);
    out.getBuffer().setLength(0);
    run("policy", "search", TINY, "--source", "domain", "--perm", "polmatch", "--direct");
    assertThat(out).hasToString("allow domain ipsec_spd_t:association polmatch;\n");
    out.getBuffer().setLength(0);
    run("policy", "search", TINY, "--target", "dmz_packet_t", "--kind", "dontaudit");
    assertThat(out.toString())
        .contains(
            "dontaudit browser_domain dmz_packet_t:packet { send recv };"
                + " [ !allow_browser_dmz ]: on\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "contexts a b | has 2 words after the policy; write CONTEXT",
        "ports tcp 70000 | the port is '70000'; write a number up to 65535",
        "ports icmp 1 | the protocol is 'icmp'; write a number up to 255, or tcp, udp, dccp, sctp",
        "node ten | 'ten' is no IPv4 or IPv6 address; write one like 10.0.0.1 or 2001:db8::1",
        "dominates s0 s7 | there is no sensitivity 's7' in this policy; did you mean s0 or s1",
        "search --source httpt | attribute 'httpt' in this policy; did you mean httpd_t",
        "search --kind grant | --kind is 'grant'; write one of allow",
        "booleans --boolean verbose=on | there is no boolean 'verbose' in this policy; 'larval",
        "booleans --boolean verbose_net | --boolean is 'verbose_net'; write NAME=on or NAME=off",
        "may a:b:c:s0 x packet | there is no user 'a' in this policy",
        "why system_u:system_r:httd_t:s0 x packet | no type 'httd_t' in this policy; did you mean"
            + " httpd_t",
        "transition system_u:object_r:file_t:s0 system_u:object_r:file_t:s0 fil | did you mean"
            + " file",
      })
  void complainsInOneLineWithARemedy(String question, String complaint) {
    String[] words = question.split(" ");
    String[] all = new String[words.length + 2];
    all[0] = "policy";
    all[1] = words[0];
    all[2] = TINY;
    System.arraycopy(words, 1, all, 3, words.length - 1);
    assertThat(run(all)).isEqualTo(2);
    assertThat(complaints.toString()).contains(complaint).hasLineCount(1);
  }

  @Test
  void contextsSaysWhichPartIsWrong() {
    assertThat(run("policy", "contexts", TINY, "staff_u:user_r:internal_brwser_t:s0")).isZero();
    assertThat(out.toString())
        .startsWith("invalid staff_u:user_r:internal_brwser_t:s0\n  type: there is no type")
        .contains("did you mean internal_browser_t");
    assertThat(run("policy", "contexts", TINY, "staff_u:user_r:internal_browser_t:public"))
        .isZero();
    assertThat(out.toString()).endsWith("valid " + BROWSER + "\n");
  }
}
