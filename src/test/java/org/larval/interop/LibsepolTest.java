package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.cli.Main;

/**
 * Debian's policies, linked on this machine: {@code larval policy answer} says what libsepol says.
 * Prints a line for each policy and kind of question.
 *
 * <p>{@code -Dlarval.test.jvm="-Dlarval.libsepol.scripts=DIR -Dlarval.libsepol.work=DIR
 * -Dlarval.libsepol.seed=N"} say where the scripts of {@code src/test/peers/libsepol/build.sh} are,
 * where to work (a temporary folder otherwise) and which questions to ask.
 */
@Tag("interop")
class LibsepolTest {
  @TempDir Path directory;

  @Test
  void answersAsLibsepolDoesAboutDebiansPolicies() throws IOException, InterruptedException {
    String scripts = System.getProperty("larval.libsepol.scripts", "");
    Skipped.unless(!scripts.isEmpty(), "-Dlarval.libsepol.scripts=DIR is not given");
    Path work = Path.of(System.getProperty("larval.libsepol.work", directory.toString()));
    String seed = System.getProperty("larval.libsepol.seed", "20261");
    build(scripts, work, seed);
    int policies = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(work, "*.tsv")) {
      for (Path answers : files) {
        String name = String.valueOf(answers.getFileName());
        compare(work.resolve(name.substring(0, name.length() - 4)), answers);
        policies++;
      }
    }
    assertThat(policies).isGreaterThanOrEqualTo(6);
  }

  private void build(String scripts, Path work, String seed)
      throws IOException, InterruptedException {
    Path log = directory.resolve("build.log");
    int code =
        new ProcessBuilder("src/test/peers/libsepol/build.sh", scripts, work.toString(), seed)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      System.out.println(Files.readString(log));
    }
    Skipped.unless(code == 0, "Debian's policies cannot be built here");
  }

  private void compare(Path policy, Path answers) throws IOException {
    List<String> expected = Files.readAllLines(answers);
    // the first fields only: without the last column there is no answer to copy
    Path questions = directory.resolve("questions");
    List<String> asked = new ArrayList<>();
    for (String line : expected) {
      asked.add(String.join("\t", List.of(line.split("\t", -1)).subList(0, fields(line))));
    }
    Files.write(questions, asked);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out),
            new PrintWriter(err),
            "policy",
            "answer",
            policy.toString(),
            questions.toString());
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    List<String> ours = out.toString().lines().toList();
    assertThat(ours).hasSameSizeAs(expected);
    Map<String, int[]> kinds = new TreeMap<>();
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      int[] count = kinds.computeIfAbsent(kind(expected.get(i)), kind -> new int[2]);
      count[0]++;
      if (!ours.get(i).equals(expected.get(i))) {
        count[1]++;
        differences.add(ours.get(i) + "\n  instead of " + expected.get(i));
      }
    }
    StringBuilder line = new StringBuilder(policy.getFileName() + ", answers that differ:");
    kinds.forEach(
        (kind, count) ->
            line.append(" ")
                .append(kind)
                .append(" ")
                .append(count[1])
                .append("/")
                .append(count[0]));
    System.out.println(line);
    assertThat(differences).isEmpty();
  }

  private static String kind(String line) {
    return line.substring(0, line.indexOf('\t'));
  }

  private static int fields(String line) {
    return switch (kind(line)) {
      case "ctx", "netif", "node", "isid" -> 2;
      case "dom", "contains", "port" -> 3;
      case "vt" -> 5;
      default -> 4;
    };
  }
}
