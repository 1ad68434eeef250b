package org.larval.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Frames from one end to another, the one sending as fast as it can and the other taking: a netfile
 * between two processes, beside what else a JVM has for it. Every process of a ring is started for
 * its row, so no row is compiled for another's types.
 *
 * @param rounds turns of each
 * @param nanos of each turn; the first half warms up
 * @param sizes bytes of a frame
 */
record RingsBench(int rounds, long nanos, List<Integer> sizes) {
  /** One way. */
  private enum Way {
    up("netfile, guest's process to lab's"),
    down("netfile, lab's process to guest's"),
    agrona("Agrona OneToOneRingBuffer, two processes"),
    local("Netty LocalChannel, two event loops"),
    udp("UDP over loopback, two epoll loops");

    private final String words;

    Way(String words) {
      this.words = words;
    }
  }

  /** What one turn came to. */
  private record Lap(Meter.Counts sent, Meter.Counts taken) {
    double bytesPerFrame() {
      return sent.bytesPerFrame() + taken.bytesPerFrame();
    }
  }

  /** Files here are in memory: nobody writes the rings to a disk meanwhile. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private static final String FOLDER = "larval-bench";

  /**
   * Runs it.
   *
   * @throws IOException in words for the user, if a process ends early
   */
  List<NicReport.Ring> run(Consumer<String> progress) throws IOException {
    Path folder =
        Files.isWritable(MEMORY)
            ? Files.createTempDirectory(MEMORY, FOLDER)
            : Files.createTempDirectory(FOLDER);
    try {
      return rows(folder, progress);
    } finally {
      Files.delete(folder);
    }
  }

  private List<NicReport.Ring> rows(Path folder, Consumer<String> progress) throws IOException {
    List<NicReport.Ring> rows = new ArrayList<>();
    for (int bytes : sizes) {
      for (Way way : Way.values()) {
        double best = 0;
        double allocated = Double.POSITIVE_INFINITY;
        for (int round = 1; round <= rounds; round++) {
          progress.accept(way.words + ", " + bytes + " bytes, round " + round + " of " + rounds);
          Lap lap = lap(way, folder, bytes);
          best = Math.max(best, lap.taken.perSecond());
          allocated = Math.min(allocated, lap.bytesPerFrame());
        }
        rows.add(new NicReport.Ring(way.words, bytes, best, allocated));
      }
    }
    return rows;
  }

  private Lap lap(Way way, Path folder, int bytes) throws IOException {
    return switch (way) {
      case up -> apart(RingEnd.Kind.netfileUp, folder, bytes);
      case down -> apart(RingEnd.Kind.netfileDown, folder, bytes);
      case agrona -> apart(RingEnd.Kind.agrona, folder, bytes);
      case local -> here(ChannelPair.Kind.local, bytes);
      case udp -> here(ChannelPair.Kind.udp, bytes);
    };
  }

  private Lap apart(RingEnd.Kind kind, Path folder, int bytes) throws IOException {
    Path path = folder.resolve("ring");
    RingEnd.format(kind, path, bytes);
    try (RingProcess taker = RingProcess.start(kind, false, path, bytes);
        RingProcess sender = RingProcess.start(kind, true, path, bytes)) {
      taker.ready();
      sender.ready();
      pause();
      sender.count();
      taker.count();
      pause();
      Meter.Counts taken = taker.end();
      return new Lap(sender.end(), taken);
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private Lap here(ChannelPair.Kind kind, int bytes) {
    try (ChannelPair pair = new ChannelPair(kind, bytes)) {
      pair.await();
      pause();
      pair.count();
      pause();
      pair.await();
      Meter.Counts taken = pair.taken();
      return new Lap(pair.sent(), taken);
    }
  }

  private void pause() {
    LockSupport.parkNanos(nanos / 2);
  }
}
