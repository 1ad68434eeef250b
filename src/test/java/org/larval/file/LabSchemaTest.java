package org.larval.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.LabFileReader;
import org.larval.xfrm.SaMissPolicy;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code docs/lab.schema.json} and {@code docs/lab-file.md} agree with what the reader accepts. */
class LabSchemaTest {
  private static final Path FILE = Path.of("docs", "lab.schema.json");
  private static final JsonNode JSON = JsonMapper.shared().readTree(FILE.toFile());
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(JSON);
  private static final YAMLMapper YAML = new YAMLMapper();

  /** A key that is near no other. */
  private static final String UNKNOWN = "q".repeat(40);

  private static final Pattern KNOWN = Pattern.compile("it may have (.*)$");

  /** A lab to which one section with an unknown key is added. */
  private static final String LAB =
      """
      lab: x
      guests:
        a: {nic: 10.0.0.1/24}
        b: {nic: 10.0.0.2/24}
      """;

  private static final String LINKED = LAB + "links: [{between: [a, b]}]\n";

  /** For each group of the schema, a lab whose one mistake is an unknown key in that group. */
  private static Map<String, String> mistakes() {
    String q = UNKNOWN + ": 1";
    Map<String, String> labs = new LinkedHashMap<>();
    labs.put("", LAB + q);
    labs.put("policy", LAB + "policy: {" + q + "}");
    labs.put("svirt", LAB + "svirt: {" + q + "}");
    labs.put("sa-miss-dimensions", LAB + "sa-miss: {" + q + "}");
    labs.put("guest", "lab: x\nguests: {a: {nic: 10.0.0.1/24, " + q + "}}");
    labs.put("nic-group", "lab: x\nguests: {a: {nic: {address: 10.0.0.1/24, " + q + "}}}");
    labs.put("outside", outside("outside: {netfile: f, " + q + "}"));
    labs.put("vhost-user", outside("outside: {vhost-user: {socket: f, " + q + "}}"));
    labs.put("memif", outside("outside: {memif: {socket: f, " + q + "}}"));
    labs.put("dgram", outside("outside: {dgram: {here: f, there: g, " + q + "}}"));
    labs.put("stream", outside("outside: {stream: {listen: f, " + q + "}}"));
    labs.put(
        "vxlan", outside("outside: {vxlan: {vni: 1, here: 10.0.0.1, there: 10.0.0.2, " + q + "}}"));
    labs.put("process", outside("outside: {netfile: f}, process: {run: [f], " + q + "}"));
    labs.put(
        "qemu",
        outside("outside: {stream: {listen: f}}, qemu: {kernel: f, console: f, " + q + "}"));
    labs.put("link", LAB + "links: [{between: [a, b], " + q + "}]");
    labs.put("loss-burst", LAB + "links: [{between: [a, b], loss-burst: {share: 1%, " + q + "}}]");
    labs.put("protect", LAB + "protect: [{between: [a, b], " + q + "}]");
    labs.put("keys", LAB + "keys: [{between: [a, b], " + q + "}]");
    labs.put("keys-ike", LAB + "keys: [{between: [a, b], by: ike, " + q + "}]");
    labs.put("costs", LAB + "keys: [{between: [a, b], by: ike, costs: {" + q + "}}]");
    for (String kind : List.of("udp", "ping", "tcp", "bulk", "dns")) {
      String value = kind.equals("ping") || kind.equals("dns") ? "yes" : "7";
      labs.put(
          "traffic-" + kind,
          LAB + "traffic: [{from: a, to: b, " + kind + ": " + value + ", " + q + "}]");
    }
    labs.put("change-link", LINKED + "changes: [{at: 1s, between: [a, b], " + q + "}]");
    labs.put("change-xfrm", LAB + "changes: [{at: 1s, on: a, xfrm: state flush, " + q + "}]");
    labs.put(
        "change-program",
        outside("outside: {netfile: f}, process: {run: [f]}")
            + "\nchanges: [{at: 1s, guest: a, do: stop, "
            + q
            + "}]");
    labs.put("expect", LAB + "expect: [{lost: 0, " + q + "}]");
    labs.put("compare", LAB + "compare: {" + q + "}");
    return labs;
  }

  /** A lab whose only guest lives outside. */
  private static String outside(String how) {
    return "lab: x\ntime: real\nguests: {a: {nic: 10.0.0.1/24, " + how + "}}";
  }

  private static JsonNode group(String name) {
    return name.isEmpty() ? JSON : JSON.get("$defs").get(name);
  }

  private static Set<String> keysOf(JsonNode group) {
    return new TreeSet<>(group.get("properties").propertyNames());
  }

  private static List<String> problems(String yaml) {
    return SCHEMA.validate(YAML.readTree(yaml)).stream().map(Error::toString).toList();
  }

  @TestFactory
  Stream<DynamicTest> everyExampleIsValid() throws Exception {
    List<Path> examples;
    try (Stream<Path> files = Files.list(Path.of("examples"))) {
      examples = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(examples).hasSizeGreaterThan(2);
    return examples.stream()
        .map(
            example ->
                DynamicTest.dynamicTest(
                    example.toString(),
                    () -> {
                      String text = Files.readString(example);
                      assertThat(problems(text)).isEmpty();
                      LabFileReader.parse(example.toString(), text);
                      assertThat(text)
                          .startsWith("# yaml-language-server: $schema=../docs/lab.schema.json\n");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> schemaAndReaderKnowTheSameKeys() {
    return mistakes().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey().isEmpty() ? "the file" : entry.getKey(),
                    () -> {
                      Set<String> keys = keysOf(group(entry.getKey()));
                      Set<String> read = readersKeys(entry.getValue());
                      if (entry.getKey().startsWith("traffic-")) {
                        // the reader asks for the other kinds only to refuse them
                        read.removeAll(List.of("udp", "ping", "tcp", "bulk", "dns"));
                        read.add(entry.getKey().substring("traffic-".length()));
                      }
                      if (!Set.of("change-link", "link", "protect", "keys", "keys-ike")
                          .contains(entry.getKey())) {
                        // asked for to tell a link, a program and a guest apart
                        read.remove("between");
                      }
                      if (entry.getKey().equals("change-xfrm")) {
                        read.remove("guest");
                      }
                      assertThat(read).isEqualTo(keys);
                      assertThat(problems(entry.getValue())).isNotEmpty();
                      assertThat(problems(entry.getValue().replace(UNKNOWN + ": 1", "")))
                          .as("without the unknown key")
                          .isEmpty();
                    }));
  }

  /** What the reader's complaint about an unknown key lists. */
  private static Set<String> readersKeys(String lab) {
    LabFileException complaint =
        catchThrowableOfType(LabFileException.class, () -> LabFileReader.parse("lab.yaml", lab));
    assertThat(complaint).hasMessageContaining(UNKNOWN);
    Matcher matcher = KNOWN.matcher(String.valueOf(complaint.getMessage()));
    assertThat(matcher.find()).as(complaint.getMessage()).isTrue();
    return new TreeSet<>(Arrays.asList(matcher.group(1).split(", ")));
  }

  @Test
  void everyGroupOfTheSchemaIsCompared() {
    List<String> groups = new ArrayList<>(List.of(""));
    for (Map.Entry<String, JsonNode> definition : JSON.get("$defs").properties()) {
      if (definition.getValue().has("properties")) {
        groups.add(definition.getKey());
      }
    }
    assertThat(mistakes().keySet()).containsExactlyInAnyOrderElementsOf(groups);
  }

  @Test
  void wordsAreThoseOfTheEngine() {
    assertThat(words(JSON.get("$defs").get("preset")))
        .containsExactlyInAnyOrderElementsOf(
            SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name).toList());
    JsonNode dimensions = group("sa-miss-dimensions").get("properties");
    Map<String, Enum<?>[]> enums = new TreeMap<>();
    enums.put("outcome", SaMissPolicy.Outcome.values());
    enums.put("overflow", SaMissPolicy.Overflow.values());
    enums.put("scope", SaMissPolicy.Scope.values());
    enums.put("larval-match", SaMissPolicy.LarvalMatch.values());
    enums.put("on-failure", SaMissPolicy.OnFailure.values());
    enums.forEach(
        (key, values) ->
            assertThat(words(dimensions.get(key)))
                .as(key)
                .containsExactlyInAnyOrderElementsOf(
                    Arrays.stream(values)
                        .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .toList()));
  }

  private static List<String> words(JsonNode group) {
    List<String> words = new ArrayList<>();
    group.get("enum").forEach(word -> words.add(word.asString()));
    return words;
  }

  /** What the reader refuses, an editor underlines. */
  @Test
  void bothRefuseWrongValues() {
    for (String wrong :
        List.of(
            "until: 5",
            "until: 5 parsecs",
            "time: imaginary",
            "seed: -1",
            "sa-miss: hope",
            "svirt: perhaps",
            "svirt: {categories: 5}",
            "sa-miss: {like: larval, outcome: cry}",
            "links: [{between: [a, b], loss: 3}]",
            "links: [{between: [a, b], loss: 101%}]",
            "links: [{between: [a, b], rate: 10}]",
            "links: [{between: [a]}]",
            "traffic: [{from: a, to: b}]",
            "traffic: [{from: a, to: b, udp: 70000}]",
            "traffic: [{from: a, to: b, udp: 7, ping: yes}]",
            "keys: [{between: [a, b], answer-after: 1s, fails-after: 1s}]",
            "keys: [{between: [a, b], psk: secret}]",
            "keys: [{between: [a, b], by: ike, answer-after: 1s}]",
            "keys: [{between: [a, b], by: ike, only-labels: \"u:r:t_t:s0\"}]",
            "keys: [{between: [a, b], by: ike, start: soon}]",
            "keys: [{between: [a, b], by: ike, esp: aes128 sha256}]",
            "keys: [{between: [a, b], by: ike, costs: {sign: 3}}]",
            "expect: [{flow: 1}]",
            "expect: [{lost: few}]",
            "protect: [{between: [a, b], for: [smoke]}]")) {
      String lab = LAB + wrong + "\n";
      assertThat(problems(lab)).as(wrong).isNotEmpty();
      assertThat(catchThrowableOfType(LabFileException.class, () -> LabFileReader.parse("x", lab)))
          .as(wrong)
          .isNotNull();
    }
  }

  @Test
  void bothRefuseWrongGuestsOutside() {
    for (String wrong :
        List.of(
            "outside: {}",
            "outside: f",
            "outside: {netfile: f, tap: tap0}",
            "outside: {netfile: f, netns: blue}",
            "outside: {tap: a-name-of-sixteen}",
            "outside: {dgram: {here: f}}",
            "outside: {stream: {listen: f, connect: g}}",
            "outside: {vxlan: {vni: 16777216, here: 10.0.0.1, there: 10.0.0.2}}",
            "outside: {vxlan: {vni: 1, here: example.org, there: 10.0.0.2}}",
            "process: {run: [f]}",
            "outside: {netfile: f}, process: {run: []}",
            "outside: {netfile: f}, process: {run: [f], ready: up}",
            "outside: {stream: {listen: f}}, qemu: {kernel: f}",
            "outside: {stream: {listen: f}}, qemu: {kernel: f, console: f, memory: 256}")) {
      String lab = outside(wrong);
      assertThat(problems(lab)).as(wrong).isNotEmpty();
      assertThat(catchThrowableOfType(LabFileException.class, () -> LabFileReader.parse("x", lab)))
          .as(wrong)
          .isNotNull();
    }
  }

  /** Every key is described in the schema and has a row in the reference. */
  @Test
  void everyKeyIsExplained() throws Exception {
    List<String> lines = Files.readAllLines(Path.of("docs", "lab-file.md"));
    Map<String, Integer> rows = new TreeMap<>();
    for (String line : lines) {
      Matcher row = Pattern.compile("^\\| `([a-z-]+)` \\| [^|]{5,} \\|.*\\|.*\\|$").matcher(line);
      if (row.matches()) {
        rows.merge(row.group(1), 1, Integer::sum);
      }
    }
    Map<String, Integer> keys = new TreeMap<>();
    for (String name : mistakes().keySet()) {
      for (Map.Entry<String, JsonNode> key : group(name).get("properties").properties()) {
        keys.merge(key.getKey(), 1, Integer::sum);
        assertThat(key.getValue().path("description").asString(""))
            .as(name + " " + key.getKey())
            .hasSizeGreaterThan(4);
      }
    }
    assertThat(rows).isEqualTo(keys);
  }
}
