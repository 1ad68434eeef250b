package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.lab.ike.ControlClient;
import org.larval.lab.ike.IkeReport;
import org.larval.lab.ike.IkeRequest;

/** Our daemon in a network namespace, in a process of its own. */
final class LarvalIke implements AutoCloseable {
  private static final int STEPS = 400;
  private static final int STEP_MILLIS = 50;
  private static final int PATIENCE_MILLIS = 15_000;

  private final Path config;
  private final Path log;
  private final Process process;

  private LarvalIke(Path config, Path log, Process process) {
    this.config = config;
    this.log = log;
    this.process = process;
  }

  static LarvalIke start(Path config, String namespace, String... options)
      throws IOException, InterruptedException {
    Path folder = config.toAbsolutePath().getParent();
    Path log = (folder == null ? Path.of(".") : folder).resolve("larval.log");
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> words =
        new ArrayList<>(
            Commands.in(
                namespace,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classes,
                "org.larval.lab.cli.Main",
                "ike",
                "up",
                "--config",
                config.toString()));
    words.addAll(List.of(options));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    LarvalIke daemon = new LarvalIke(config, log, process);
    for (int i = 0; i < STEPS; i++) {
      if (daemon.log().contains("listening at")) {
        return daemon;
      }
      if (process.waitFor(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    daemon.kill();
    throw new IOException("the daemon does not start: " + daemon.log());
  }

  IkeReport ask(IkeRequest.Verb verb, @Nullable String child) throws IOException {
    String connection =
        verb == IkeRequest.Verb.STATUS || verb == IkeRequest.Verb.DOWN ? null : "gw";
    long patience = connection == null ? 0 : PATIENCE_MILLIS;
    return ControlClient.ask(
        Path.of(config + ".sock"), new IkeRequest(verb, connection, child, patience));
  }

  String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** Ends it without a word to the peer. */
  void kill() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    int status = process.destroyForcibly().waitFor();
    assert status != 0;
  }

  @Override
  public void close() throws IOException {
    try {
      if (process.isAlive()) {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          kill();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
