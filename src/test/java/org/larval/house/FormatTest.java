package org.larval.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.StringWrapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every Java file is formatted by google-java-format. To mend: {@code mvn -pl lab-tests -am test
 * -Dtest=FormatTest -Dsurefire.failIfNoSpecifiedTests=false -Dlarval.test.jvm=-Dlarval.format=fix}.
 */
class FormatTest {
  @Test
  void everyFileIsFormatted() throws Exception {
    boolean fix = "fix".equals(System.getProperty("larval.format"));
    Formatter formatter = new Formatter(JavaFormatterOptions.defaultOptions());
    List<Path> wrong = new ArrayList<>();
    for (Path file : javaFiles()) {
      String before = Files.readString(file);
      String after = StringWrapper.wrap(formatter.formatSourceAndFixImports(before), formatter);
      if (!after.equals(before)) {
        wrong.add(file);
        if (fix) {
          Files.writeString(file, after);
        }
      }
    }
    if (!fix) {
      assertThat(wrong).as("files to format; the comment of this test says how").isEmpty();
    }
  }

  private static List<Path> javaFiles() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("."))) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.toString().contains("/target/"))
              .sorted()
              .toList();
      assertThat(found).hasSizeGreaterThan(50);
      return found;
    }
  }
}
