package org.larval.lab.outside;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program with all its children in a session of its own, that never outlives this process: a
 * shell in between reads what we write, which is the names of signals for the whole group, and
 * kills the group when we are gone and its standard input ends.
 */
final class ProgramProcess {
  /**
   * The signals that Ctrl-C and a closing terminal send do not come here: the lab passes them on.
   */
  private static final String KEEPER =
      """
      exec 3<&0 0</dev/null
      setsid "$@" 3<&- &
      child=$!
      signal() { kill -s "$1" -- "-$child" || kill -s "$1" "$child"; }
      (while read -r name <&3; do signal "$name"; done; signal KILL) 2>/dev/null &
      reader=$!
      exec 3<&-
      wait "$child"
      status=$?
      kill -s KILL "$reader" -- "-$child" 2>/dev/null
      exit "$status"
      """;

  private static final int SIGNALLED = 128;

  private final Process keeper;

  private ProgramProcess(Process keeper) {
    this.keeper = keeper;
  }

  /**
   * Starts a program.
   *
   * @param log where what it prints is added; null for nowhere
   */
  static ProgramProcess start(
      List<String> command, Map<String, String> environment, @Nullable Path log)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid", "-w", "sh", "-c", KEEPER, "keeper"));
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(environment);
    File nowhere = new File("/dev/null");
    builder.redirectOutput(
        log == null
            ? ProcessBuilder.Redirect.to(nowhere)
            : ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new ProgramProcess(builder.start());
  }

  /** Whether a program of this name, or at this path, can be run. */
  static boolean runnable(String program) {
    if (program.indexOf('/') >= 0) {
      return Files.isExecutable(Path.of(program));
    }
    for (String folder : System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  boolean alive() {
    return keeper.isAlive();
  }

  /** Sends a signal, by its name without SIG, to the program and its children. */
  void signal(String name) {
    try {
      OutputStream line = keeper.getOutputStream();
      line.write((name + "\n").getBytes(StandardCharsets.US_ASCII));
      line.flush();
    } catch (IOException e) {
      // it has ended
    }
  }

  /** Calls back, on some thread, when it has ended. */
  void onEnd(Runnable action) {
    keeper.onExit().thenRun(action);
  }

  /** Waits for its end, but no longer than this; whether it has ended. */
  boolean await(long millis) {
    try {
      return keeper.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !keeper.isAlive();
    }
  }

  /** How it ended, in words. */
  String end() {
    int status = keeper.exitValue();
    return status > SIGNALLED
        ? "ended by signal " + (status - SIGNALLED)
        : "ended with status " + status;
  }

  /** Kills what is left of it. */
  void kill() {
    try {
      keeper.getOutputStream().close();
    } catch (IOException e) {
      // it has ended
    }
  }
}
