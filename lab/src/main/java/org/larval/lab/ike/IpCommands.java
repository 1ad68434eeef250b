package org.larval.lab.ike;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The tool {@code ip}: one command after the other, on a thread of their own, so that packets need
 * not wait for them.
 */
final class IpCommands implements AutoCloseable {
  private static final int PATIENCE = 5;

  private final Consumer<String> complaints;
  private final ExecutorService commands =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().daemon().name("ip").unstarted(task));

  /** Commands whose complaints somebody hears. */
  IpCommands(Consumer<String> complaints) {
    this.complaints = complaints;
  }

  /** Runs a command when those before it are done. */
  void run(List<String> words) {
    then(() -> perform(words));
  }

  /** The same when nobody minds that it fails. */
  void quietly(List<String> words) {
    then(() -> perform(words, line -> {}));
  }

  /** Does something else in its turn. */
  void then(Runnable task) {
    commands.execute(task);
  }

  /** Runs a command at once; on the thread of {@link #then}. */
  void perform(List<String> words) {
    perform(words, complaints);
  }

  private static void perform(List<String> words, Consumer<String> hears) {
    String _ = said(words, hears);
  }

  /** The same, with what the command prints. */
  String said(List<String> words) {
    return said(words, complaints);
  }

  private static String said(List<String> words, Consumer<String> hears) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(words);
    String line = String.join(" ", command);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        hears.accept("'" + line + "' does not end");
      } else if (process.exitValue() != 0) {
        hears.accept("'" + line + "' fails: " + text.strip());
      }
      return text;
    } catch (IOException e) {
      hears.accept("'" + line + "' cannot be run; install iproute2 or set it by hand");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "";
  }

  /** Waits for those that are under way. */
  @Override
  public void close() {
    commands.shutdown();
    try {
      if (!commands.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
        complaints.accept("some commands of ip are still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
