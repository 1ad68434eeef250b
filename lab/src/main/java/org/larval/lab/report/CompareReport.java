package org.larval.lab.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same traffic under several SA-miss policies: one row a policy, answer time and flow. */
public record CompareReport(String lab, long seed, List<Row> rows, List<String> files) {

  /**
   * One cell of the comparison.
   *
   * @param saMiss the preset
   * @param answerAfterMs from the acquire to the SA; -1 for never, -2 where the file decides
   * @param verdict how it stands to the measured rows, or null without a reference
   */
  public record Row(
      String saMiss,
      double answerAfterMs,
      FlowReport flow,
      int acquires,
      RunReport.Balance packets,
      @Nullable Verdict verdict) {}

  /**
   * A cell beside what was measured.
   *
   * @param rows how many measured rows there are for it
   * @param figures each figure with its band
   * @param inBand whether every figure lies in its band
   */
  public record Verdict(int rows, List<Figure> figures, boolean inBand) {}

  /**
   * One figure and the band that it must lie in.
   *
   * @param measured the values of the measured rows
   */
  public record Figure(
      String name, double ours, List<Double> measured, double least, double most, boolean inBand) {}

  /** Whether every cell with a reference lies in its band. */
  public boolean inBand() {
    return rows.stream().allMatch(row -> row.verdict() == null || row.verdict().inBand());
  }
}
