package org.larval.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.larval.lab.file.LabFileException;
import org.larval.lab.ike.IkeFileReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code docs/ike.schema.json} and {@code docs/ike-file.md} agree with what the reader accepts. */
class IkeSchemaTest {
  private static final Path FILE = Path.of("docs", "ike.schema.json");
  private static final JsonNode JSON = JsonMapper.shared().readTree(FILE.toFile());
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(JSON);
  private static final YAMLMapper YAML = new YAMLMapper();

  /** A key that is near no other. */
  private static final String UNKNOWN = "q".repeat(40);

  private static final Pattern KNOWN = Pattern.compile("it may have (.*)$");

  /** For each group of the schema, a file whose one mistake is an unknown key in that group. */
  private static Map<String, String> mistakes() {
    String q = UNKNOWN + ": 1";
    Map<String, String> files = new LinkedHashMap<>();
    files.put("", q);
    files.put("connection", "connections: {gw: {" + q + "}}");
    files.put("side", "connections: {gw: {remote: {" + q + "}}}");
    files.put("child", "connections: {gw: {children: {net: {" + q + "}}}}");
    files.put("secret", "secrets: {ike: {secret: x, " + q + "}}");
    files.put("pool", "pools: {p: {addrs: 10.0.0.0/24, " + q + "}}");
    files.put("settings", "settings: {" + q + "}");
    files.put("retransmission", "settings: {retransmission: {" + q + "}}");
    return files;
  }

  private static JsonNode group(String name) {
    return name.isEmpty() ? JSON : JSON.get("$defs").get(name);
  }

  private static List<String> problems(String yaml) {
    return SCHEMA.validate(YAML.readTree(yaml)).stream().map(Error::toString).toList();
  }

  @TestFactory
  Stream<DynamicTest> schemaAndReaderKnowTheSameKeys() {
    return mistakes().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey().isEmpty() ? "the file" : entry.getKey(),
                    () -> {
                      Set<String> keys =
                          new TreeSet<>(group(entry.getKey()).get("properties").propertyNames());
                      // every id... is read, so none is listed
                      keys.remove("ids");
                      assertThat(readersKeys(entry.getValue())).isEqualTo(keys);
                      assertThat(problems(entry.getValue())).isNotEmpty();
                    }));
  }

  /** What the reader's complaint about an unknown key lists. */
  private static Set<String> readersKeys(String file) {
    LabFileException complaint =
        catchThrowableOfType(
            LabFileException.class, () -> IkeFileReader.parse(Path.of("gw.yaml"), file));
    assertThat(complaint).hasMessageContaining(UNKNOWN);
    Matcher matcher = KNOWN.matcher(String.valueOf(complaint.getMessage()));
    assertThat(matcher.find()).as(complaint.getMessage()).isTrue();
    return new TreeSet<>(Arrays.asList(matcher.group(1).split(", ")));
  }

  @Test
  void examplesAreValid() throws Exception {
    List<Path> examples;
    try (Stream<Path> files = Files.list(Path.of("examples", "ike"))) {
      examples = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(examples).isNotEmpty();
    for (Path example : examples) {
      String text = Files.readString(example);
      assertThat(problems(text)).as(example.toString()).isEmpty();
      assertThat(IkeFileReader.read(example).connections()).isNotEmpty();
      assertThat(text).startsWith("# yaml-language-server: $schema=../../docs/ike.schema.json\n");
    }
  }

  /** What the reader refuses, an editor underlines. */
  @Test
  void bothRefuseWrongValues() {
    for (String wrong :
        List.of(
            "settings: {window: 0}",
            "settings: {keepalive: 5}",
            "settings: {retransmission: {base: 0.5}}",
            "connections: {gw: {childless: perhaps}}",
            "connections: {gw: {mobike: perhaps}}",
            "connections: {gw: {rekey-time: 5 parsecs}}",
            "connections: {gw: {local: {auth: hope}}}",
            "connections: {gw: {children: {net: {mode: pass}}}}",
            "connections: {gw: {children: {net: {start-action: hope}}}}",
            "connections: {gw: {children: {net: {rekey-bytes: 5 apples}}}}",
            "secrets: {door: {secret: x}}")) {
      assertThat(problems(wrong)).as(wrong).isNotEmpty();
      assertThat(
              catchThrowableOfType(
                  LabFileException.class, () -> IkeFileReader.parse(Path.of("gw.yaml"), wrong)))
          .as(wrong)
          .isNotNull();
    }
  }

  /** Every key is described in the schema and has a row in the reference. */
  @Test
  void everyKeyIsExplained() throws Exception {
    String reference = Files.readString(Path.of("docs", "ike-file.md"));
    for (String name : mistakes().keySet()) {
      for (Map.Entry<String, JsonNode> key : group(name).get("properties").properties()) {
        assertThat(reference).contains("| `" + key.getKey() + "` | ");
        assertThat(key.getValue().path("description").asString(""))
            .as(name + " " + key.getKey())
            .hasSizeGreaterThan(3);
      }
    }
  }
}
