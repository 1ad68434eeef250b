package org.larval.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine. */
final class Commands {
  private static final int PATIENCE = 60;

  private Commands() {}

  /** What a program said, and its exit status. */
  record Said(int status, String text) {}

  static boolean have(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return Files.isExecutable(Path.of("/usr/sbin", program));
  }

  static Said run(String... words) throws IOException {
    return run(List.of(words));
  }

  static Said run(List<String> words) throws IOException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", words) + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return new Said(process.exitValue(), text);
  }

  /** The same, for a program that must succeed; the words are apart at blanks. */
  static String must(String line) throws IOException {
    return must(List.of(line.split(" ")));
  }

  static String must(List<String> words) throws IOException {
    Said said = run(words);
    if (said.status() != 0) {
      throw new IOException(String.join(" ", words) + ": " + said.text().strip());
    }
    return said.text();
  }

  /** A program in a network namespace, as it begins. */
  static List<String> in(String namespace, String... words) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(List.of(words));
    return all;
  }
}
