package org.larval.lab.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Frames of a guest that is another process, behind one and the same frontend: our device beside
 * DPDK's librte_vhost in C, in turns. And frames through a netfile, beside other rings.
 *
 * @param rounds turns of each
 * @param seconds of each turn; the first half warms up
 */
public record NicBench(int rounds, int seconds) {
  /** As the command measures. */
  public static final NicBench USUAL = new NicBench(3, 4);

  /** Less of it. */
  public static final NicBench QUICK = new NicBench(1, 2);

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final List<Integer> SIZES = List.of(64, 1500);

  /** One way that frames go. */
  private record Way(String name, VhostBackend.Work work, Testpmd.Forwarding forwarding) {}

  private static final List<Way> WAYS =
      List.of(
          new Way("guest to lab", VhostBackend.Work.sink, Testpmd.Forwarding.txonly),
          new Way("lab to guest", VhostBackend.Work.source, Testpmd.Forwarding.rxonly),
          new Way("echo", VhostBackend.Work.echo, Testpmd.Forwarding.io));

  /**
   * Runs it.
   *
   * @throws IOException in words for the user, if something is missing
   */
  public NicReport run(Consumer<String> progress) throws IOException {
    String missing = Testpmd.missing();
    if (!missing.isEmpty()) {
      throw new IOException(missing);
    }
    Path folder = Files.createTempDirectory("larval-bench");
    try {
      VhostLoopProgram reference = VhostLoopProgram.compile(folder);
      List<NicReport.Row> rows = new ArrayList<>();
      for (int bytes : SIZES) {
        for (Way way : WAYS) {
          rows.add(row(folder, reference, way, bytes, progress));
        }
      }
      return new NicReport(
          rows, new RingsBench(rounds, seconds * NANOS_PER_SECOND, SIZES).run(progress));
    } finally {
      delete(folder);
    }
  }

  private NicReport.Row row(
      Path folder, VhostLoopProgram reference, Way way, int bytes, Consumer<String> progress)
      throws IOException {
    List<VhostBackend.Result> ours = new ArrayList<>();
    List<VhostBackend.Result> theirs = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      progress.accept(way.name + ", " + bytes + " bytes, round " + round + " of " + rounds);
      Path socket = folder.resolve("s");
      try (Running frontend = new Running(folder, socket, way.forwarding, bytes)) {
        ours.add(VhostBackend.run(socket, way.work, bytes, seconds, frontend, () -> {}));
      }
      try (Running frontend = new Running(folder, socket, way.forwarding, bytes)) {
        theirs.add(reference.run(socket, way.work, bytes, seconds, frontend));
      }
    }
    double we = median(ours);
    double they = median(theirs);
    double allocated = ours.stream().mapToDouble(VhostBackend.Result::bytes).min().orElse(0);
    long bursts = ours.stream().mapToLong(VhostBackend.Result::bursts).sum();
    return new NicReport.Row(way.name, bytes, we, they, we / they, allocated, bursts);
  }

  private static double median(List<VhostBackend.Result> results) {
    double[] sorted = results.stream().mapToDouble(VhostBackend.Result::nanos).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** A frontend from the moment it is wanted. */
  private static final class Running implements Runnable, AutoCloseable {
    private final Path folder;
    private final Path socket;
    private final Testpmd.Forwarding forwarding;
    private final int bytes;
    private final List<Testpmd> started = new ArrayList<>();

    Running(Path folder, Path socket, Testpmd.Forwarding forwarding, int bytes) {
      this.folder = folder;
      this.socket = socket;
      this.forwarding = forwarding;
      this.bytes = bytes;
    }

    @Override
    public void run() {
      try {
        started.add(Testpmd.start(folder, socket, forwarding, bytes, false));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      for (Testpmd one : started) {
        one.close();
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(one);
      }
    }
  }
}
