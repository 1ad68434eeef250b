package org.larval.lab.bench;

import java.util.Locale;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.TextTable;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.lab.time.Stopwatch;

/**
 * What a large lab costs, once, from a cold start.
 *
 * @param parseMs reading its file
 * @param startMs building every guest, bridge and link
 * @param runMs until every ping was answered and the lab ended
 * @param virtualMs how long that was for the guests
 * @param answered pings answered, of {@code pings}
 * @param packets made, copies of floods included
 * @param hops links crossed
 * @param kilobytes of heap for each guest when the lab stood, garbage collected
 */
public record ThousandReport(
    int guests,
    int bridges,
    int routers,
    double parseMs,
    double startMs,
    double runMs,
    double virtualMs,
    int answered,
    int pings,
    long packets,
    long hops,
    double kilobytes) {

  /** Builds and runs a lab. */
  public static ThousandReport of(ThousandLab lab) {
    String yaml = lab.yaml();
    long before = used();
    Stopwatch watch = Stopwatch.start();
    LabFile file = LabFileReader.parse("thousand.yaml", yaml);
    long parsed = watch.nanos();
    try (LabRun run = LabRun.start(file, RunOptions.PLAIN)) {
      long started = watch.nanos();
      double kilobytes = (used() - before) / 1024.0 / lab.guests();
      watch = Stopwatch.start();
      RunReport report = run.report();
      long ran = watch.nanos();
      return new ThousandReport(
          lab.guests(),
          lab.bridges(),
          lab.routers(),
          parsed / 1e6,
          (started - parsed) / 1e6,
          ran / 1e6,
          report.endedMs(),
          report.flows().stream().mapToInt(flow -> flow.delivered()).sum(),
          report.flows().stream().mapToInt(flow -> flow.offered()).sum(),
          report.packets().born(),
          run.hops(),
          kilobytes);
    }
  }

  static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** For a terminal. */
  public String text() {
    return new TextTable(guests + " guests, " + bridges + " bridges, " + routers + " routers", "")
        .row("reading the file", ms(parseMs))
        .row("building and starting", ms(startMs))
        .row("running to the end", ms(runMs))
        .row("virtual time", ms(virtualMs))
        .row("pings answered", answered + " of " + pings)
        .row("packets", String.format(Locale.ROOT, "%,d", packets))
        .row("hops", String.format(Locale.ROOT, "%,d", hops))
        .row("heap for each guest", String.format(Locale.ROOT, "%.0f kB", kilobytes))
        .toString();
  }

  private static String ms(double value) {
    return String.format(Locale.ROOT, "%,.0f ms", value);
  }
}
