package org.larval.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.larval.lab.cli.Main;

/**
 * Deliberate mistakes in lab files: each gets exactly one line with file, line, column, what is
 * wrong and what would be right, and exit code 2.
 */
class MistakesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/mistakes");

  @TestFactory
  Stream<DynamicTest> eachMistakeGetsOneLine() throws IOException {
    return expected().stream()
        .map(
            line -> {
              String name = line.replaceFirst("larval: ([^:]+):.*", "$1");
              return DynamicTest.dynamicTest(
                  name,
                  () -> {
                    String file = DIRECTORY.resolve(name).toString();
                    StringWriter out = new StringWriter();
                    StringWriter err = new StringWriter();
                    int code =
                        Main.run(new PrintWriter(out), new PrintWriter(err, true), "up", file);
                    assertThat(err.toString()).isEqualTo(line.replace(name, file) + "\n");
                    assertThat(out.toString()).isEmpty();
                    assertThat(code).isEqualTo(2);
                  });
            });
  }

  @Test
  void everyFileHasItsLine() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      assertThat(files.filter(file -> file.toString().endsWith(".yaml")).count())
          .isGreaterThanOrEqualTo(20)
          .isEqualTo(expected().size());
    }
  }

  private static List<String> expected() throws IOException {
    return Files.readAllLines(DIRECTORY.resolve("expected.txt"));
  }
}
