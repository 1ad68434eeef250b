package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.bench.Testpmd;
import org.larval.lab.bench.VhostBackend;

/**
 * DPDK's own virtio driver in front of our vhost-user device, its memory in huge pages and in
 * ordinary ones: it sends, it receives, it forwards; both sides count the same frames, but for
 * those that stood in a ring when it was stopped.
 */
@Tag("interop")
class TestpmdTest {
  private static final int SECONDS = 3;

  /**
   * Frames that one side does not count: a ring of 256 at the end, and what testpmd throws away
   * before it begins, which it does twice.
   */
  private static final long UNCOUNTED = 4 * 256;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "sink, txonly, false",
    "source, rxonly, false",
    "echo, io, false",
    "sink, txonly, true",
    "source, rxonly, true",
    "echo, io, true"
  })
  @Timeout(120)
  void bothSidesCountTheSame(
      VhostBackend.Work work, Testpmd.Forwarding forwarding, boolean hugePages) throws IOException {
    assumeTrue(Testpmd.missing().isEmpty(), Testpmd.missing());
    assumeTrue(!hugePages || freeHugePages() >= 100, "fewer than 100 huge pages (vm.nr_hugepages)");
    Path socket = folder.resolve("s");
    AtomicReference<Testpmd> frontend = new AtomicReference<>();
    AtomicReference<Testpmd.Counts> counts = new AtomicReference<>();
    VhostBackend.Result ours =
        VhostBackend.run(
            socket,
            work,
            200,
            SECONDS,
            () -> {
              try {
                frontend.set(Testpmd.start(folder, socket, forwarding, 200, hugePages));
              } catch (IOException problem) {
                throw new UncheckedIOException(problem);
              }
            },
            () -> {
              try (Testpmd running = frontend.get()) {
                counts.set(running.stop());
              } catch (IOException problem) {
                throw new UncheckedIOException(problem);
              }
            });
    Testpmd.Counts theirs = counts.get();
    System.out.printf(
        "testpmd %s, %s: it sent %d, we took %d; we sent %d, it received %d%n",
        forwarding,
        hugePages ? "huge pages" : "ordinary pages",
        theirs.sent(),
        ours.in(),
        ours.out(),
        theirs.received());
    assertThat(ours.in() + ours.out()).isGreaterThan(1000);
    assertThat(theirs.sent() - ours.in()).isBetween(0L, UNCOUNTED);
    assertThat(ours.out() - theirs.received()).isBetween(0L, UNCOUNTED);
  }

  private static int freeHugePages() throws IOException {
    String text = Files.readString(Path.of("/proc/meminfo"));
    int at = text.indexOf("HugePages_Free:");
    return at < 0
        ? 0
        : Integer.parseInt(text.substring(at, text.indexOf('\n', at)).replaceAll("\\D", ""));
  }
}
