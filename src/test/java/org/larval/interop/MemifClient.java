package org.larval.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A memif client that we did not write: DPDK's {@code dpdk-testpmd} with its driver net_memif. */
final class MemifClient implements AutoCloseable {
  /** Descriptors of each ring, as log2. */
  static final int LOG2 = 8;

  private static final Path DRIVERS = Path.of("/usr/lib");
  private static final Pattern TOTALS =
      Pattern.compile("Accumulated.*?RX-packets: (\\d+).*?TX-packets: (\\d+)", Pattern.DOTALL);
  private static final int PATIENCE_SECONDS = 20;
  private static int started;

  /**
   * What it counted, as it says at its end.
   *
   * @param received frames
   * @param sent frames
   */
  record Counts(long received, long sent) {}

  private final Process process;
  private final Path told;

  private MemifClient(Process process, Path told) {
    this.process = process;
    this.told = told;
  }

  /** Whether the driver is installed. */
  static boolean installed() throws IOException {
    try (var files = Files.find(DRIVERS, 5, (path, is) -> path.endsWith("librte_net_memif.so"))) {
      return files.findAny().isPresent();
    }
  }

  /**
   * Starts it.
   *
   * @param forwarding what it does with frames: txonly, rxonly, io, icmpecho
   * @param more devargs
   */
  static MemifClient start(Path folder, Path socket, String forwarding, String more)
      throws IOException {
    Path told = Files.createTempFile(folder, "testpmd", ".txt");
    String prefix = "larvalm" + ProcessHandle.current().pid() + "n" + started++;
    String device = "net_memif0,role=client,socket-abstract=no,rsize=" + LOG2;
    List<String> words =
        List.of(
            "dpdk-testpmd",
            "-l0,1",
            "--main-lcore=0",
            "--no-pci",
            "--no-huge",
            "-m256",
            "--file-prefix=" + prefix,
            "--vdev=" + device + ",socket=" + socket + more,
            "--",
            "--total-num-mbufs=16384",
            "--nb-cores=1",
            "--no-mlockall",
            "--stats-period=1",
            "--txpkts=200",
            "--forward-mode=" + forwarding,
            forwarding.equals("io") ? "--tx-first" : "--auto-start");
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(told.toFile()).start();
    return new MemifClient(process, told);
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Ends it and answers what it counted. */
  Counts stop() throws IOException, InterruptedException {
    // it tells its counts on SIGINT only
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("dpdk-testpmd does not end");
    }
    String text = Files.readString(told, StandardCharsets.ISO_8859_1);
    Matcher totals = TOTALS.matcher(text);
    if (!totals.find()) {
      throw new IOException("dpdk-testpmd did not run: " + text);
    }
    return new Counts(Long.parseLong(totals.group(1)), Long.parseLong(totals.group(2)));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
