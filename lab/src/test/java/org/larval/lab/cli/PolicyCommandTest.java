package org.larval.lab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code larval policy} by its words, lines and exit codes; the answers are tested in labels. */
class PolicyCommandTest {
  private static final String TINY = "../labels/src/test/resources/policydb/tiny.33.gz";

  @TempDir private Path directory;

  private record Answer(int code, String out, String err) {}

  private static Answer policy(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = new String[words.length + 1];
    all[0] = "policy";
    System.arraycopy(words, 0, all, 1, words.length);
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    return new Answer(code, out.toString(), err.toString());
  }

  private Path questions(String text) throws IOException {
    return Files.writeString(directory.resolve("questions.tsv"), text);
  }

  @Test
  void answersLines() throws IOException {
    Path file =
        questions(
            """
            av\tsystem_u:system_r:sshd_t:s0\tsystem_u:object_r:ssh_server_packet_t:s0\tpacket

            port\t6\t80
            dom\ts1:c1\tpublic\tan old answer\twhich is dropped
            ctx\t
            av\tnobody\tsystem_u:system_r:sshd_t:s0\tpacket
            """);
    Answer answer = policy("answer", TINY, file.toString());
    assertThat(answer.err()).isEmpty();
    assertThat(answer.code()).isZero();
    assertThat(answer.out())
        .isEqualTo(
            """
            av\tsystem_u:system_r:sshd_t:s0\tsystem_u:object_r:ssh_server_packet_t:s0\tpacket\tsend,recv\t-\t-\t1
            port\t6\t80\tsystem_u:object_r:http_port_t:s0
            dom\ts1:c1\tpublic\t0\t1\t0\t0
            ctx\t\tinvalid
            av\tnobody\tsystem_u:system_r:sshd_t:s0\tpacket\tinvalid
            """);
  }

  @Test
  void readsStandardInput() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("isid\t1\n".getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(policy("answer", TINY).out())
          .isEqualTo("isid\t1\tsystem_u:system_r:kernel_t:s0-s3:c0.c127\n");
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void saysWhereAQuestionIsWrong() throws IOException {
    Path file = questions("isid\t1\nmay\ta\tb\nport\t6\n");
    Answer answer = policy("answer", TINY, file.toString());
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).startsWith("isid\t1\t");
    assertThat(answer.err())
        .startsWith("larval: " + file + ":2:1: 'may' is no kind of question; begin with one of av")
        .hasLineCount(1);
    assertThat(policy("answer", TINY, questions("port\t6\n").toString()).err())
        .contains(":1:1: 'port' has 1 fields after it; put 2 there, with tabs between");
    assertThat(policy("answer", TINY, questions("port\t6\thttp\n").toString()).err())
        .contains(":1:1: 'http' is no number; write digits");
  }

  @Test
  void printsWhatAPolicyHolds() {
    Answer answer = policy("info", TINY);
    assertThat(answer.code()).isZero();
    assertThat(answer.out())
        .containsPattern("version +33\n")
        .containsPattern("unknown classes +deny\n")
        .containsPattern("permissive types +debug_t\n")
        .containsPattern("constraints +38\n")
        .containsPattern("allow_svirt_external +on\n");
  }

  @Test
  void refusesWhatIsNoPolicy() throws IOException {
    Path file = questions("not a policy");
    assertThat(policy("info", file.toString()))
        .isEqualTo(
            new Answer(
                2,
                "",
                "larval: "
                    + file
                    + ": byte 0, header: 0x20746f6e is not the magic number of a policy;"
                    + " give the binary policy of a kernel, undamaged\n"));
    assertThat(policy("info", "none").err())
        .isEqualTo("larval: none: there is no such file; name a binary policy\n");
  }
}
