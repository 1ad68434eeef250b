package org.larval.lab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code larval replay} by its words, lines and exit codes. */
class ReplayCommandTest {
  private static final String LAB = "src/test/resources/labs/knows-doi-16.yaml";
  private static final String SAMPLE = "../pcaps/samples/cipso-pass-tag1.pcap";

  private record Answer(int code, String out, String err) {}

  private static Answer larval(String capture, String... words) {
    List<String> all = new ArrayList<>(List.of("replay", capture, "--no-pcap"));
    all.addAll(Arrays.asList(words));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }

  private static Answer mapped(String capture, String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--lab",
                LAB,
                "--from",
                "a",
                "--map",
                "10.9.0.1=10.0.0.1",
                "--map",
                "10.9.0.2=10.0.0.2"));
    all.addAll(Arrays.asList(words));
    return larval(capture, all.toArray(String[]::new));
  }

  @Test
  void printsEachFramesFate() {
    Answer answer = mapped(SAMPLE);
    assertThat(answer.code()).isZero();
    assertThat(answer.err()).isEmpty();
    assertThat(answer.out())
        .contains("8 of 14 frames sent by a as datagrams, pace original")
        .contains("skipped 6 to-sender")
        .containsPattern("1 +0.00 ms +delivered")
        .containsPattern("3 +24 ms +lost +bad-checksum");
  }

  @Test
  void printsJson() {
    Answer answer = mapped(SAMPLE, "--format", "json", "--pace", "x2.5", "--start", "1s");
    JsonNode json = JsonMapper.shared().readTree(answer.out());
    assertThat(json.get("pace").asString()).isEqualTo("x2.5");
    assertThat(json.get("startMs").asDouble()).isEqualTo(1000);
    assertThat(json.get("packets")).hasSize(8);
    assertThat(json.get("run").get("flows")).hasSize(2);
  }

  @Test
  void sendsACutCaptureUpToTheCut(@TempDir Path directory) throws Exception {
    byte[] whole = Files.readAllBytes(Path.of(SAMPLE));
    Path cut = directory.resolve("cut.pcap");
    Files.write(cut, Arrays.copyOf(whole, 700));
    Answer answer = mapped(cut.toString());
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out())
        .contains("3 of 6 frames sent")
        .contains("damaged at byte 636; sent up to there")
        .contains("replay");
    assertThat(answer.err().lines())
        .singleElement()
        .asString()
        .startsWith("larval: " + cut + ": byte 636: the file ends inside a frame")
        .contains("; ");
  }

  @Test
  void badInputIsOneLineAndExitCodeTwo(@TempDir Path directory) throws Exception {
    Path empty = Files.createFile(directory.resolve("empty.pcap"));
    refuses(mapped("missing.pcap"), "missing.pcap: there is no such file");
    refuses(mapped(LAB), "neither pcap nor pcapng");
    refuses(mapped(empty.toString()), "empty.pcap");
    refuses(mapped(directory.toString()), directory.toString());
    refuses(larval(SAMPLE, "--lab", LAB, "--from", "z"), "the guests are a, b");
    refuses(larval(SAMPLE, "--lab", LAB, "--from", "a.eth9"), "it has eth0");
    refuses(larval(SAMPLE, "--lab", "missing.yaml", "--from", "a"), "there is no such file");
    refuses(larval(SAMPLE, "--from", "a"), "--lab");
    refuses(mapped(SAMPLE, "--map", "10.9.0.1=10.0.0.3"), "mapped twice");
    refuses(mapped(SAMPLE, "--map", "10.9.0.3=fd00::1"), "the families differ");
    refuses(mapped(SAMPLE, "--map", "10.9.0.3"), "not a pair of addresses");
    refuses(mapped(SAMPLE, "--mac", "02:0=1"), "not a pair of addresses");
    refuses(mapped(SAMPLE, "--pace", "x0"), "write original, at-once");
    refuses(mapped(SAMPLE, "--start", "5"), "not a duration");
    refuses(mapped(SAMPLE, "--form", "stone"), "--form");
  }

  private static void refuses(Answer answer, String because) {
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err().lines()).singleElement().asString().contains(because);
  }
}
