package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.lab.cli.Main;
import org.larval.lab.file.PolicySource;

/**
 * setools says whether a rule allows it, audit2why says why not: {@code larval policy why} says the
 * same, about a policy that checkpolicy compiled and about one of ours.
 */
@Tag("interop")
class SetoolsTest {
  private static final String PYTHON = "/usr/bin/python3";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "labels/src/test/resources/policydb/tiny.33.gz",
        "lab/src/test/resources/policies/tiny.yaml",
      })
  void giveTheSameReasons(String from) throws IOException, InterruptedException {
    Skipped.unless(Files.isExecutable(Path.of(PYTHON)), "there is no " + PYTHON);
    Path log = directory.resolve("log");
    Skipped.unless(
        run(log, PYTHON, "-c", "import setools; from selinux import audit2why") == 0,
        "setools or audit2why is not installed");
    Path policy = directory.resolve("policy.33");
    if (from.endsWith(".gz")) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(Path.of(from)))) {
        Files.copy(in, policy);
      }
    } else {
      Files.write(policy, PolicySource.image(Path.of(from)));
    }
    int code =
        run(
            log,
            PYTHON,
            "src/test/peers/setools/second-opinion",
            command().toString(),
            policy.toString(),
            "300",
            "7");
    String told = Files.readString(log);
    System.out.println("setools and audit2why, " + from + ":\n" + told.stripTrailing());
    assertThat(code).as(told).isZero();
    assertThat(told).contains("300 questions, 0 differences");
  }

  /** The command line of these classes. */
  private Path command() throws IOException {
    Path java = Path.of(System.getProperty("java.home", ""), "bin", "java");
    String script =
        "#!/bin/sh\nexec '%s' -cp '%s' %s \"$@\"\n"
            .formatted(java, System.getProperty("java.class.path"), Main.class.getName());
    Path file = directory.resolve("larval");
    Files.writeString(file, script, StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file;
  }

  private static int run(Path log, String... words) throws IOException, InterruptedException {
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start()
        .waitFor();
  }
}
