package org.larval.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The program {@code vhost-loop.c} over DPDK's librte_vhost, compiled for this run: what {@link
 * VhostBackend} does, in C.
 */
final class VhostLoopProgram {
  private static final String FLAGS =
      "-O3 -march=native -D_GNU_SOURCE $(pkg-config --cflags libdpdk)";
  private static final int PATIENCE_SECONDS = 120;

  private final Path program;

  private VhostLoopProgram(Path program) {
    this.program = program;
  }

  /**
   * Compiles it.
   *
   * @throws IOException in words for the user, if this machine cannot
   */
  static VhostLoopProgram compile(Path folder) throws IOException {
    Path source = folder.resolve("vhost-loop.c");
    Path program = folder.resolve("vhost-loop");
    try (InputStream in = VhostLoopProgram.class.getResourceAsStream("vhost-loop.c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    String line = "cc %s %s -o %s $(pkg-config --libs libdpdk)".formatted(FLAGS, source, program);
    Process compiler = new ProcessBuilder("sh", "-c", line).redirectErrorStream(true).start();
    String told = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (waitFor(compiler) != 0) {
      throw new IOException(
          "librte_vhost cannot be compiled against (Debian: gcc pkg-config libdpdk-dev): "
              + told.lines().filter(one -> !one.isBlank()).findFirst().orElse("no reason given"));
    }
    return new VhostLoopProgram(program);
  }

  private static int waitFor(Process process) throws IOException {
    try {
      if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new IOException(process.info().command().orElse("a program") + " does not end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs behind a socket for some seconds after {@code frontend} was started. */
  VhostBackend.Result run(
      Path socket, VhostBackend.Work work, int bytes, int seconds, Runnable frontend)
      throws IOException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                socket.toString(),
                work.toString(),
                Integer.toString(bytes),
                Integer.toString(seconds))
            .redirectErrorStream(true)
            .start();
    try {
      while (process.isAlive() && !Files.exists(socket)) {
        Thread.onSpinWait();
      }
      frontend.run();
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = waitFor(process);
      String[] words = told.lines().reduce("", (first, line) -> line).split(" ", -1);
      if (code != 0 || words.length != 4) {
        throw new IOException(
            String.format(Locale.ROOT, "vhost-loop ended with %d: %s", code, told));
      }
      return new VhostBackend.Result(
          Long.parseLong(words[0]),
          Double.parseDouble(words[1]),
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          0);
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(socket);
    }
  }
}
