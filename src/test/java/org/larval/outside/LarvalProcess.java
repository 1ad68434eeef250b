package org.larval.outside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.larval.lab.cli.Main;
import org.larval.lab.report.JsonText;

/** {@code larval} in a process of its own. */
public final class LarvalProcess implements AutoCloseable {
  private static final int PATIENCE = 60;

  private final Process process;
  private final Path out;
  private final Path err;

  private LarvalProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** The words that start it. */
  static List<String> command(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                Main.class.getName()));
    all.addAll(List.of(words));
    return all;
  }

  /** Starts it; what it prints goes into files named after it. */
  public static LarvalProcess start(Path folder, String name, String... words) throws IOException {
    Path out = folder.resolve(name + ".out");
    Path err = folder.resolve(name + ".err");
    Process process =
        new ProcessBuilder(command(words))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    return new LarvalProcess(process, out, err);
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** What it said on standard error so far. */
  public String said() throws IOException {
    return Files.readString(err);
  }

  /** What it printed so far. */
  String printed() throws IOException {
    return Files.readString(out);
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** SIGTERM. */
  public void stop() {
    process.destroy();
  }

  /** Waits for its end and answers its exit code. */
  public int status() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
      throw new IOException("it does not end; it said: " + said());
    }
    return process.exitValue();
  }

  /** What it printed, as the record that it was. */
  public <T> T report(Class<T> type) throws IOException {
    return JsonText.read(Files.readString(out), type);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
