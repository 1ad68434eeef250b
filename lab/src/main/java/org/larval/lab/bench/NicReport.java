package org.larval.lab.bench;

import java.util.List;
import java.util.Locale;
import org.larval.lab.report.TextTable;

/**
 * What {@code larval bench nic} found.
 *
 * @param rows vhost-user behind one frontend: we and librte_vhost in turns
 * @param rings one process to another, or one thread to another
 */
public record NicReport(List<Row> rows, List<Ring> rings) {
  /**
   * One way and length.
   *
   * @param path {@code guest to lab}, {@code lab to guest} or {@code echo}
   * @param frameBytes of a frame
   * @param ours median nanoseconds for a frame
   * @param dpdk the same of librte_vhost
   * @param times ours / dpdk
   * @param bytes allocated for a frame by us
   * @param bursts full bursts of ours that were timed
   */
  public record Row(
      String path,
      int frameBytes,
      double ours,
      double dpdk,
      double times,
      double bytes,
      long bursts) {}

  /**
   * A way from one end to another.
   *
   * @param name of it
   * @param frameBytes of a frame
   * @param perSecond frames a second in the best window
   * @param bytes allocated for a frame, both ends together
   */
  public record Ring(String name, int frameBytes, double perSecond, double bytes) {}

  /** For a terminal. */
  public String text() {
    TextTable vhost =
        new TextTable(
            "vhost-user, frontend dpdk-testpmd, bursts of " + VhostBackend.BURST,
            "bytes",
            "ns ours",
            "ns librte_vhost",
            "ours/theirs",
            "bytes/frame",
            "bursts");
    for (Row row : rows) {
      vhost.row(
          row.path(),
          Integer.toString(row.frameBytes()),
          one(row.ours()),
          one(row.dpdk()),
          String.format(Locale.ROOT, "%.2f", row.times()),
          one(row.bytes()),
          Long.toString(row.bursts()));
    }
    TextTable others = new TextTable("one end to another", "bytes", "frames/s", "bytes/frame");
    for (Ring ring : rings) {
      others.row(
          ring.name(),
          Integer.toString(ring.frameBytes()),
          ring.perSecond() > 0
              ? String.format(Locale.ROOT, "%,.0f", ring.perSecond())
              : "nothing arrived",
          one(ring.bytes()));
    }
    return rings.isEmpty() ? vhost.toString() : vhost + "\n" + others;
  }

  private static String one(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
