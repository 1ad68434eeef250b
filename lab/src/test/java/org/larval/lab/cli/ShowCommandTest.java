package org.larval.lab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code larval show} over captures of a kernel, and by its words, lines and exit codes. */
class ShowCommandTest {
  private static final Path GOLDEN = Path.of("../xfrm/src/test/resources/golden/kernel");
  private static final String TUNNEL = "esp-tunnel-gcm128-v4";
  private static final String FRAGMENTS = "esp-tunnel-gcm128-dfclear-frag-v4";

  @TempDir private Path directory;

  private record Answer(int code, String out, String err) {
    JsonNode json() {
      return JsonMapper.shared().readTree(out);
    }

    int total(String name) {
      return json().get("totals").get(name).asInt();
    }
  }

  private static Answer show(Path capture, String... words) {
    List<String> all = new ArrayList<>(List.of("show", capture.toString()));
    all.addAll(Arrays.asList(words));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }

  private static Path pcap(String name) {
    return GOLDEN.resolve(name + ".pcap");
  }

  private static String json(String name) {
    return GOLDEN.resolve(name + ".json").toString();
  }

  static List<String> captures() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".pcap"))
          .map(name -> name.substring(0, name.length() - 5))
          .sorted()
          .toList();
    }
  }

  /** Everything that a kernel protected is verified, and built again to the same bytes. */
  @ParameterizedTest
  @MethodSource("captures")
  void verifiesAndBuildsAgain(String name) {
    Answer answer = show(pcap(name), "--xfrm", json(name), "--reseal", "--format", "json");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.code()).isZero();
    int all = answer.total("protected");
    assertThat(all).isPositive();
    assertThat(answer.total("verified")).isEqualTo(all);
    assertThat(answer.total("failed")).isZero();
    assertThat(answer.total("resealed")).isEqualTo(all);
    assertThat(answer.total("identical")).isEqualTo(all);
    assertThat(answer.total("packets")).isEqualTo(answer.json().get("packets").size());
  }

  /** The commands of a golden file, as a script. */
  private static List<String> commands(String name) {
    List<String> lines = new ArrayList<>();
    JsonNode commands =
        JsonMapper.shared().readTree(Path.of(json(name)).toFile()).get("ip_commands");
    commands.forEach(line -> lines.add(line.asString()));
    return lines;
  }

  private String file(String name, String... lines) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, String.join("\n", lines) + "\n");
    return file.toString();
  }

  @Test
  void saysWhatIsInside() {
    Answer answer = show(pcap(TUNNEL), "--xfrm", json(TUNNEL));
    assertThat(answer.code()).isZero();
    assertThat(answer.out())
        .contains(
            "ipv4 10.9.0.1 > 10.9.0.2",
            "esp spi 0x0a0b0001 seq 1 (rfc4106(gcm(aes)) 128 tunnel): verified\n",
            "ipv4 10.10.1.1 > 10.10.2.1",
            "icmp echo request",
            "> 7777, 24 bytes",
            "[SYN ACK]")
        .endsWith("16 protected: 16 verified, 0 failed; 0 resealed, 0 identical\n");
    Answer fragments = show(pcap(FRAGMENTS), "--xfrm", json(FRAGMENTS));
    assertThat(fragments.out())
        .contains("fragment at 1424 of esp", "reassembled 3084 bytes from frames 1, 2, 3");
  }

  @Test
  void readsScripts() throws IOException {
    List<String> script = new ArrayList<>(List.of("#!/bin/sh", "", "  # the SAs"));
    for (String line : commands(TUNNEL)) {
      int middle = line.indexOf(" mode ");
      script.add(line.substring(0, middle) + " \\");
      script.add("    " + line.substring(middle) + "  # one");
    }
    script.add("ip link set lo up");
    script.add("ip -n b route add default via 10.9.0.1");
    script.add("ip xfrm policy add nonsense");
    script.add("ip xfrm state flush");
    String file = file("sas.sh", script.toArray(String[]::new));
    Answer answer = show(pcap(TUNNEL), "--xfrm", file, "--reseal", "--format", "json");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.total("identical")).isEqualTo(16);
    assertThat(answer.json().get("packets").get(0).get("layers").get(2).get("security").get("line"))
        .hasToString("4");
  }

  @Test
  void aWrongKeyFails() throws IOException {
    String[] wrong =
        commands(TUNNEL).stream()
            .map(line -> line.replaceAll("(spi 0x0a0b0001 .* 0x)..", "$100"))
            .toArray(String[]::new);
    Answer answer =
        show(pcap(TUNNEL), "--xfrm", file("wrong", wrong), "--reseal", "--format", "json");
    assertThat(answer.code()).isOne();
    assertThat(answer.total("protected")).isEqualTo(16);
    assertThat(answer.total("verified")).isEqualTo(7);
    assertThat(answer.total("failed")).isEqualTo(9);
    assertThat(answer.total("identical")).isEqualTo(7);
    assertThat(answer.out())
        .contains("authentication or decryption failed (XfrmInStateProtoError)")
        .doesNotContain("10.10.1.1 > 10.10.2.1");
  }

  @Test
  void aMissingSaFails() throws IOException {
    String[] some =
        commands(TUNNEL).stream()
            .filter(line -> !line.contains("spi 0x0b0a0001"))
            .toArray(String[]::new);
    Answer answer = show(pcap(TUNNEL), "--xfrm", file("some", some), "--format", "json");
    assertThat(answer.code()).isOne();
    assertThat(answer.total("protected")).isEqualTo(16);
    assertThat(answer.total("failed")).isEqualTo(7);
    assertThat(answer.out()).contains("no SA of this destination, SPI, protocol");
  }

  /** Frames of a capture, to be changed and written again. */
  private Path changed(String name, java.util.function.UnaryOperator<List<byte[]>> change)
      throws IOException {
    byte[] all = Files.readAllBytes(pcap(name));
    ByteBuffer file = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    int at = 24;
    while (at < all.length) {
      int length = 16 + file.getInt(at + 8);
      records.add(Arrays.copyOfRange(all, at, at + length));
      at += length;
    }
    Path changed = directory.resolve("changed.pcap");
    Files.write(changed, Arrays.copyOf(all, 24));
    for (byte[] one : change.apply(records)) {
      Files.write(changed, one, java.nio.file.StandardOpenOption.APPEND);
    }
    return changed;
  }

  @Test
  void repetitionsAndDisorderAreNoFailure() throws IOException {
    for (String name : List.of(TUNNEL, "esp-transport-gcm128-esn-v4", FRAGMENTS)) {
      Path twice =
          changed(
              name,
              records -> {
                List<byte[]> more = new ArrayList<>(records);
                more.addAll(records.reversed());
                return more;
              });
      Answer answer = show(twice, "--xfrm", json(name), "--reseal", "--format", "json");
      assertThat(answer.code()).isZero();
      assertThat(answer.total("identical")).isEqualTo(answer.total("protected")).isGreaterThan(3);
    }
  }

  @Test
  void aFlippedBitFailsAlone() throws IOException {
    Path broken =
        changed(
            TUNNEL,
            records -> {
              records.getFirst()[100] ^= 1;
              return records;
            });
    Answer answer = show(broken, "--xfrm", json(TUNNEL), "--reseal", "--format", "json");
    assertThat(answer.code()).isOne();
    assertThat(answer.total("failed")).isOne();
    assertThat(answer.total("verified")).isEqualTo(15);
  }

  /** What verifies may still not be what we would have sent. */
  @Test
  void anotherOuterHeaderIsDifferent() throws IOException {
    Path marked =
        changed(
            "esp-tunnel-gcm128-v6",
            records -> {
              // traffic class of the outer header
              records.getFirst()[16 + 14 + 1] ^= 0x40;
              return records;
            });
    Answer answer =
        show(marked, "--xfrm", json("esp-tunnel-gcm128-v6"), "--reseal", "--format", "json");
    assertThat(answer.code()).isZero();
    assertThat(answer.total("verified")).isEqualTo(16);
    assertThat(answer.total("resealed")).isEqualTo(16);
    assertThat(answer.total("identical")).isEqualTo(15);
    assertThat(answer.out()).contains("resealed different from byte 1");
  }

  @Test
  void withoutSasItShowsHeaders() {
    Answer answer = show(pcap(TUNNEL), "--format", "json");
    assertThat(answer.code()).isZero();
    assertThat(answer.total("protected")).isEqualTo(16);
    assertThat(answer.total("verified")).isZero();
    assertThat(answer.total("failed")).isZero();
    assertThat(show(Path.of("../pcaps/samples/cipso-pass-tag1.pcap")).out())
        .contains("options cipso", "0 protected");
  }

  @Test
  void showsACutCaptureUpToTheCut() throws IOException {
    Path cut = directory.resolve("cut.pcap");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(pcap(TUNNEL)), 700));
    Answer answer = show(cut, "--xfrm", json(TUNNEL));
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).contains("echo request", "4 packets");
    assertThat(answer.err().lines()).singleElement().asString().contains("byte ", "; ");
  }

  @Test
  void badInputIsOneLineAndExitCodeTwo() throws IOException {
    Path capture = pcap(TUNNEL);
    refuses(show(Path.of("missing.pcap")), "missing.pcap: there is no such file");
    refuses(show(Path.of(json(TUNNEL))), "neither pcap nor pcapng");
    refuses(show(capture, "--reseal"), "give --xfrm");
    refuses(show(capture, "--xfrm", "missing"), "missing:1:1: there is no such file");
    refuses(show(capture, "--xfrm", capture.toString()), ":1:1: the file is not readable text");
    refuses(with("# one", "ip xfrm state add src 10.9.0.1 dts"), ":2:");
    refuses(with("ip xfrm state add src 10.9.0.1 \\", "  dts 10.9.0.2"), ":2:3: ");
    refuses(with("ipp xfrm state add"), ":1:1: ");
    refuses(with("{\"a\": 1}"), "there is no array ip_commands");
    refuses(with("{\"a\": "), "this is not JSON");
    refuses(with("{\"ip_commands\": [", "\"ip xfrm state add dts\"]}"), ":2:20: ");
  }

  private Answer with(String... lines) throws IOException {
    return show(pcap(TUNNEL), "--xfrm", file("lines", lines));
  }

  private static void refuses(Answer answer, String because) {
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err().lines()).singleElement().asString().contains(because);
  }
}
