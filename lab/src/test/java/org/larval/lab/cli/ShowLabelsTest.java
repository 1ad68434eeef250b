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
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The labels that {@code larval show} finds in packets. */
class ShowLabelsTest {
  private static final Path GOLDEN = Path.of("../cipso/src/test/resources/golden");
  private static final int RAW = 101;
  private static final int ETHERNET = 1;
  private static final String STATIONS = "0200000000020200000000010800";
  private static final String LABEL = "860c00000010010600014440";
  private static final String CALIPSO = "070c000000100101e26144400000";

  @TempDir private Path directory;

  private record Answer(int code, String out, String err) {
    List<JsonNode> labels() {
      List<JsonNode> labels = new ArrayList<>();
      JsonMapper.shared()
          .readTree(out)
          .get("packets")
          .forEach(packet -> labels.add(packet.get("label")));
      return labels;
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

  private Path capture(int linkType, String... frames) throws IOException {
    List<byte[]> all = new ArrayList<>();
    int size = 24;
    for (String frame : frames) {
      byte[] bytes = HexFormat.of().parseHex(frame.replace(" ", ""));
      all.add(bytes);
      size += 16 + bytes.length;
    }
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65535);
    file.putInt(linkType);
    for (byte[] frame : all) {
      file.putLong(0).putInt(frame.length).putInt(frame.length).put(frame);
    }
    Path path = directory.resolve("made.pcap");
    Files.write(path, file.array());
    return path;
  }

  /** An IPv4 packet with an area of options, protocol and payload in hexadecimal. */
  private static String ipv4(String options, int protocol, int fragment, String payload) {
    String area = options.replace(" ", "");
    area += "0".repeat((8 - area.length() % 8) % 8);
    int header = 20 + area.length() / 2;
    ByteBuffer ip = ByteBuffer.allocate(20);
    ip.put((byte) (0x40 | header / 4)).put((byte) 0);
    ip.putShort((short) (header + payload.length() / 2)).putShort((short) 7);
    ip.putShort((short) fragment).put((byte) 64).put((byte) protocol).putShort((short) 0);
    ip.putInt(0x0a09_0001).putInt(0x0a09_0002);
    ByteBuffer whole = ByteBuffer.wrap(HexFormat.of().parseHex(hex(ip) + area));
    int sum = 0;
    for (int i = 0; i < header; i += 2) {
      sum += whole.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    whole.putShort(10, (short) ~((sum & 0xffff) + (sum >>> 16)));
    return hex(whole) + payload;
  }

  private static String hex(ByteBuffer bytes) {
    byte[] all = new byte[bytes.capacity()];
    bytes.get(0, all);
    return HexFormat.of().formatHex(all);
  }

  private static String udp(String options) {
    return ipv4(options, 17, 0, "03e807d00008" + "0000");
  }

  private static String ipv6(int nextHeader, String rest) {
    return "60000000%04x%02x40".formatted(rest.length() / 2, nextHeader)
        + "fd090000000000000000000000000001fd090000000000000000000000000002"
        + rest;
  }

  private JsonNode only(String frame, String... words) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(List.of("--format", "json"));
    Answer answer = show(capture(RAW, frame), all.toArray(String[]::new));
    assertThat(answer.err()).isEmpty();
    return answer.labels().getFirst();
  }

  private static String tell(JsonNode label) {
    return label.isNull()
        ? "none"
        : "%s %s %s %s %s %s %s"
            .formatted(
                label.get("kind").asString(),
                label.get("doi"),
                label.get("tag"),
                label.get("level"),
                label.get("categories"),
                label.get("valid"),
                label.get("error-pointer"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cipso-local-tag128      | cipso 9 128 null [] true null    | secid 37                 |"
            + " 14",
        "cipso-pass-tag1         | cipso 16 1 1 [1,5,9] true null   | level 1 c1,c5,c9         |"
            + " 13",
        "cipso-pass-tag1-nocats  | cipso 16 1 2 [] true null        | level 2 without          |"
            + " 13",
        "cipso-pass-tag2         | cipso 16 2 1 [1,5,200] true null | tag 2 (enumerated)       |"
            + " 13",
        "calipso-pass            | calipso 16 null 1 [1,5,9] true null | calipso doi 16 level 1 |"
            + " 12",
        "calipso-pass-nocats     | calipso 16 null 2 [] true null   | level 2 without          |"
            + " 12",
      })
  void showsWhatAKernelSent(String name, String label, String words, int count) {
    Path capture = GOLDEN.resolve(name + ".pcap");
    Answer answer = show(capture, "--format", "json");
    assertThat(answer.labels().stream().filter(node -> !node.isNull()).count()).isEqualTo(count);
    assertThat(answer.labels().stream().map(ShowLabelsTest::tell)).contains(label);
    assertThat(show(capture).out()).contains(words);
  }

  /** The rows of the kernel's check that need no DOI, and where the label is found at all. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // options before and after
        "94040000" + LABEL + "44080500 00000000 | cipso 16 1 1 [1,5,9] true null",
        "01" + LABEL + "                        | cipso 16 1 1 [1,5,9] true null",
        "00000000" + LABEL + "                  | none",
        "9440" + LABEL + "                      | none",
        LABEL + "9440                           | cipso 16 1 1 [1,5,9] true null",
        // several tags: the first is decoded, all are checked
        "8614 00000010 01060001 4440 02080002 00030007 | cipso 16 1 1 [1,5,9] true null",
        "8614 00000010 01060001 4440 02080002 00030003 | cipso 16 1 1 [1,5,9] false 36",
        "8610 00000010 01060001 4440 07040000   | cipso 16 1 1 [1,5,9] false 32",
        LABEL + LABEL + "                       | cipso 16 1 1 [1,5,9] false 32",
        // errors
        "8601                                   | cipso null null null [] false 20",
        "8640 00000010 01060001 4440            | cipso 16 1 1 [1,5,9] false 20",
        "8606 00000010                          | cipso 16 null null [] false 21",
        "860c 00000000 01060001 4440            | cipso 0 1 1 [1,5,9] false 22",
        "860c 00000010 03060001 4440            | cipso 16 3 null [] false 26",
        "860c 00000010 06060007 c001            | cipso 16 6 7 [0,1,15] false 26",
        "860c 00000010 07060007 c001            | cipso 16 7 null [] false 26",
        "860c 00000010 01070001 4440            | cipso 16 1 1 [1,5,9] false 27",
        "860c 00000010 01030001 4440            | cipso 16 1 null [] false 27",
        "860d 00000010 02070001 000500          | cipso 16 2 1 [5] false 30",
        "860e 00000010 02080001 00050005        | cipso 16 2 1 [5] false 30",
        "8612 00000010 050c0001 0005000400060001 | cipso 16 5 1 [1,2,3,4,5,6] false 30",
        "8610 00000010 050a0001 000900070003    | cipso 16 5 1 [0,1,2,3,7,8,9] true null",
        "94040000 860c 00000010 01070001 4440   | cipso 16 1 1 [1,5,9] false 31",
        // DOIs above 2^31
        "860a ffffffff 010400ff                 | cipso 4294967295 1 255 [] true null",
        // RIPSO
        "82045a80                               | ripso null null 90 [0] true null",
        "82045a81                               | ripso null null null [] false 20",
        "8203ab 850402ff                        | ripso null null 171 [] true null",
        "8203ab" + LABEL + "                    | cipso 16 1 1 [1,5,9] true null",
      })
  void decodesOptions(String options, String label) throws IOException {
    assertThat(tell(only(udp(options)))).isEqualTo(label);
  }

  @Test
  void localTagsComeByTheLoopback() throws IOException {
    String local = udp("860c 00000009 800625000000");
    assertThat(tell(only(local))).isEqualTo("cipso 9 128 null [] true null");
    Answer wire = show(capture(ETHERNET, STATIONS + local), "--format", "json");
    assertThat(tell(wire.labels().getFirst())).isEqualTo("cipso 9 128 null [] false 26");
    Answer lo = show(capture(ETHERNET, "0".repeat(24) + "0800" + local), "--format", "json");
    assertThat(tell(lo.labels().getFirst())).isEqualTo("cipso 9 128 null [] true null");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1101" + CALIPSO + ", 'calipso 16 null 1 [1,5,9] true null'",
    "0, 110205020000" + CALIPSO + "01020000, 'calipso 16 null 1 [1,5,9] true null'",
    "0, 1101070c000000100101e26044400000, 'calipso 16 null 1 [1,5,9] false null'",
    "0, 1101070c000000100201e26144400000, 'calipso 16 null 1 [1,5,9] false null'",
    "0, 1101070f000000100101e26144400000, 'calipso 16 null 1 [1,5,9] false null'",
    "0, 110007040000001000, 'calipso 16 null null [] false null'",
    // in a destination header it says nothing
    "60, 1101" + CALIPSO + ", none",
    "0, 2c01" + CALIPSO + "1100000100000007, 'calipso 16 null 1 [1,5,9] true null'",
    "0, 3c01" + CALIPSO + "1100010400000000, 'calipso 16 null 1 [1,5,9] true null'",
  })
  void decodesHopByHopHeaders(int nextHeader, String headers, String label) throws IOException {
    assertThat(tell(only(ipv6(nextHeader, headers + "03e807d000080000")))).isEqualTo(label);
  }

  @Test
  void everyFragmentHasItsLabel() throws IOException {
    String first = ipv4(LABEL, 17, 0x2000, "03e807d000180000" + "00".repeat(8));
    String last = ipv4(LABEL, 17, 2, "00".repeat(8));
    Answer answer = show(capture(RAW, first, last), "--format", "json");
    assertThat(answer.labels().stream().map(ShowLabelsTest::tell))
        .containsExactly("cipso 16 1 1 [1,5,9] true null", "cipso 16 1 1 [1,5,9] true null");
  }

  @Test
  void tunnelsShowTheirOutermostLabelFirst() throws IOException {
    String inner = udp(LABEL);
    assertThat(tell(only(ipv4("", 4, 0, inner)))).isEqualTo("cipso 16 1 1 [1,5,9] true null");
    assertThat(tell(only(ipv6(4, inner)))).isEqualTo("cipso 16 1 1 [1,5,9] true null");
    String other = ipv4("860a 00000007 01040003", 4, 0, inner);
    assertThat(tell(only(other))).isEqualTo("cipso 7 1 3 [] true null");
    Answer text = show(capture(RAW, other));
    assertThat(text.out())
        .contains("cipso doi 7", "cipso doi 16 tag 1 (restricted bitmap) level 1");
  }

  @Test
  void withRulesTheDoisDecide() throws IOException {
    Path rules = directory.resolve("netlabel.rules");
    Files.writeString(
        rules,
        """
        # the DOIs of this machine
        cipso add pass doi:16 tags:2
        cipso add trans doi:8 tags:1 levels:0=5 categories:1=9
        calipso add pass doi:7
        """);
    String[] words = {"--netlabel", rules.toString()};
    assertThat(tell(only(udp(LABEL), words))).isEqualTo("cipso 16 1 1 [1,5,9] false 26");
    assertThat(tell(only(udp("860a 00000011 01040001"), words))).endsWith("false 22");
    assertThat(tell(only(udp("860a 00000008 01040005"), words))).endsWith("true null");
    assertThat(tell(only(udp("860a 00000008 01040006"), words))).endsWith("false 29");
    assertThat(tell(only(udp("860c 00000008 01060005 0040"), words))).endsWith("true null");
    assertThat(tell(only(udp("860c 00000008 01060005 0060"), words))).endsWith("false 30");
    assertThat(tell(only(ipv6(0, "1101" + CALIPSO + "03e807d000080000"), words)))
        .endsWith("false null");
    assertThat(show(capture(RAW, udp(LABEL)), words).out())
        .contains("not valid: the DOI does not use tags of this type, parameter problem at 26");
  }

  @Test
  void badRulesAreOneLineAndExitCodeTwo() throws IOException {
    Path capture = capture(RAW, udp(LABEL));
    Path rules = directory.resolve("rules");
    Files.writeString(rules, "cipso add pass doi:1 tags:1\n\ncipso add pass doi:x tags:1\n");
    refuses(show(capture, "--netlabel", rules.toString()), "rules:3:20: 'x' is not a DOI");
    Files.writeString(rules, "cipso add local doi:1\ncipso add local doi:1\n");
    refuses(show(capture, "--netlabel", rules.toString()), "rules:2:1: ");
    refuses(show(capture, "--netlabel", directory.resolve("none").toString()), "none:1:1: ");
  }

  private static void refuses(Answer answer, String because) {
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err().lines()).singleElement().asString().contains(because);
  }
}
