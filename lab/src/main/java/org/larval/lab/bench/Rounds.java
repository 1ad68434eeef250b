package org.larval.lab.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.larval.lab.bench.BenchReport.Row;
import org.larval.lab.bench.BenchReport.Spread;

/**
 * Measures contenders in turns: some rounds to warm up, then those that count. In each round every
 * contender runs for the same time of the processor, and another one begins; the first contender is
 * the reference, and a ratio is taken within a round, so what slows the machine down for seconds
 * slows both. Time is the thread's own on the processor: what others do meanwhile does not count.
 *
 * @param warmUp rounds that do not count
 * @param counted rounds that count
 * @param nanos for which a contender runs in a round, preparation not counted
 */
public record Rounds(int warmUp, int counted, long nanos) {
  /** As {@code larval bench} measures: half a minute for three contenders. */
  public static final Rounds USUAL = new Rounds(3, 7, 250_000_000L);

  /** Shorter and fewer rounds, for a first impression. */
  public static final Rounds QUICK = new Rounds(2, 3, 60_000_000L);

  /** One short round: whether everything works, not how fast. */
  public static final Rounds ONCE = new Rounds(0, 1, 1);

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What one contender did in one round. */
  record Lap(double nanosPerOperation, double bytesPerOperation) {}

  List<Row> of(List<Contender> contenders, Consumer<String> progress) {
    Lap[][] laps = laps(contenders, progress);
    List<Row> rows = new ArrayList<>();
    for (int which = 0; which < contenders.size(); which++) {
      rows.add(row(contenders.get(which).name(), laps[which], laps[0]));
    }
    contenders.forEach(Contender::close);
    return rows;
  }

  /** For each contender, what it did in each round that counts. */
  Lap[][] laps(List<Contender> contenders, Consumer<String> progress) {
    Lap[][] laps = new Lap[contenders.size()][counted];
    for (int round = -warmUp; round < counted; round++) {
      for (int turn = 0; turn < contenders.size(); turn++) {
        int which = Math.floorMod(turn + round, contenders.size());
        Contender contender = contenders.get(which);
        progress.accept(
            (round < 0 ? "warming up: " : "round " + (round + 1) + " of " + counted + ": ")
                + contender.name());
        Lap lap = lap(contender);
        if (round >= 0) {
          laps[which][round] = lap;
        }
      }
    }
    return laps;
  }

  /** The time that this thread has run, nanoseconds. */
  static long cpuTime() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Bytes that this thread has allocated. */
  static long allocatedBytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  private Lap lap(Contender contender) {
    long operations = 0;
    long time = 0;
    long bytes = 0;
    do {
      contender.prepare();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      long began = THREADS.getCurrentThreadCpuTime();
      operations += contender.run();
      time += THREADS.getCurrentThreadCpuTime() - began;
      bytes += Math.max(0, THREADS.getCurrentThreadAllocatedBytes() - before);
    } while (time < nanos);
    return new Lap((double) time / operations, (double) bytes / operations);
  }

  private static Row row(String name, Lap[] own, Lap[] reference) {
    double[] nanos = new double[own.length];
    double[] times = new double[own.length];
    double[] bytes = new double[own.length];
    for (int i = 0; i < own.length; i++) {
      nanos[i] = own[i].nanosPerOperation();
      times[i] = own[i].nanosPerOperation() / reference[i].nanosPerOperation();
      bytes[i] = own[i].bytesPerOperation();
    }
    return new Row(name, spread(nanos), spread(times), spread(bytes).median());
  }

  private static Spread spread(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Spread(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
  }
}
