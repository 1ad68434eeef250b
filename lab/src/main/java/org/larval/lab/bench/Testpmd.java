package org.larval.lab.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A frontend that we did not write: DPDK's {@code dpdk-testpmd} with its virtio_user driver, which
 * connects to a vhost-user socket.
 */
public final class Testpmd implements AutoCloseable {
  /** What it does with frames. */
  public enum Forwarding {
    /** It sends as fast as it can. */
    txonly,
    /** It takes what comes. */
    rxonly,
    /** It sends once and then returns what comes. */
    io
  }

  /**
   * What it counted, as it says at its end.
   *
   * @param received frames
   * @param sent frames
   */
  public record Counts(long received, long sent) {}

  private static final Pattern TOTALS =
      Pattern.compile("Accumulated.*?RX-packets: (\\d+).*?TX-packets: (\\d+)", Pattern.DOTALL);
  private static final int PATIENCE_SECONDS = 20;

  private final Process process;
  private final Path told;

  private Testpmd(Process process, Path told) {
    this.process = process;
    this.told = told;
  }

  /** Why it cannot run here, or an empty text. */
  public static String missing() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, "dpdk-testpmd"))) {
        return "";
      }
    }
    return "dpdk-testpmd is not installed (Debian: dpdk-dev, librte-net-virtio23)";
  }

  /**
   * Starts it.
   *
   * @param folder for what it prints
   * @param hugePages whether its memory is of huge pages, which the machine must have
   */
  public static Testpmd start(
      Path folder, Path socket, Forwarding forwarding, int bytes, boolean hugePages)
      throws IOException {
    Path told = Files.createTempFile(folder, "testpmd", ".txt");
    List<String> words =
        new ArrayList<>(List.of("dpdk-testpmd", "-l", "0,1", "--main-lcore", "0", "--no-pci"));
    if (hugePages) {
      words.addAll(List.of("--in-memory", "--single-file-segments", "-m", "128"));
    } else {
      words.addAll(List.of("--no-huge", "-m", "256"));
    }
    words.addAll(
        List.of(
            "--file-prefix=larval" + ProcessHandle.current().pid(),
            "--vdev=net_virtio_user0,path=" + socket + ",queues=1",
            "--",
            "--total-num-mbufs=16384",
            "--nb-cores=1",
            "--no-mlockall",
            "--stats-period=1",
            "--txpkts=" + bytes,
            "--forward-mode=" + forwarding));
    if (forwarding == Forwarding.io) {
      words.addAll(List.of("--tx-first", "--burst=64"));
    }
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(told.toFile()).start();
    return new Testpmd(process, told);
  }

  /** Ends it and answers what it counted. */
  public Counts stop() throws IOException {
    try {
      // it tells its counts on SIGINT only
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("dpdk-testpmd does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(told, StandardCharsets.ISO_8859_1);
    Matcher totals = TOTALS.matcher(text);
    if (!totals.find()) {
      throw new IOException(
          "dpdk-testpmd did not run: " + text.lines().reduce("", (first, line) -> line));
    }
    return new Counts(Long.parseLong(totals.group(1)), Long.parseLong(totals.group(2)));
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(told);
  }
}
