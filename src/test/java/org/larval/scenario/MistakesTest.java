package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.lab.cli.Main;

/**
 * Mistakes that people make in lab files. Each is answered by one line with the place, what is
 * wrong and what would be right, and by exit code 2. {@code complaints.txt} has the lines.
 */
class MistakesTest {
  private static final Path MISTAKES = Path.of("src/test/resources/mistakes");

  static List<String> complaints() throws IOException {
    return Files.readAllLines(MISTAKES.resolve("complaints.txt"));
  }

  @ParameterizedTest
  @MethodSource("complaints")
  void oneLineSaysWhereWhatAndTheRemedy(String complaint) {
    String file = MISTAKES + "/" + complaint.substring(0, complaint.indexOf(':'));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int code = Main.run(new PrintWriter(out), new PrintWriter(err, true), "up", "--no-pcap", file);

    assertThat(err.toString().lines()).containsExactly("larval: " + MISTAKES + "/" + complaint);
    assertThat(err.toString()).matches("larval: [^ ]+\\.yaml:[1-9]\\d*:[1-9]\\d*: .+; .+\\R");
    assertThat(code).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void everyMistakeHasItsComplaint() throws IOException {
    try (Stream<Path> files = Files.list(MISTAKES)) {
      List<String> mistakes =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".yaml"))
              .sorted()
              .toList();
      assertThat(mistakes).hasSizeGreaterThanOrEqualTo(20);
      assertThat(complaints().stream().map(line -> line.substring(0, line.indexOf(':'))))
          .containsExactlyElementsOf(mistakes);
    }
  }

  @Test
  void aFileThatIsNotThere() {
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(new StringWriter()), new PrintWriter(err, true), "up", "missing.yaml");
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("larval: missing.yaml:1:1: ");
    assertThat(code).isEqualTo(2);
  }
}
