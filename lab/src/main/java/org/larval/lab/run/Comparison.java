package org.larval.lab.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.Units;
import org.larval.lab.report.CompareReport;
import org.larval.lab.report.CompareReport.Row;
import org.larval.lab.report.CompareReport.Verdict;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.MeasuredRows;
import org.larval.xfrm.SaMissPolicy;

/** One lab under many SA-miss policies and answer times, each cell a run of its own. */
public final class Comparison {
  /** One run of the comparison, kept for the report's pictures. */
  public record Cell(String saMiss, long answerAfter, LabRun run) {}

  private final LabFile file;
  private final List<Cell> cells = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final RunOptions options;

  private Comparison(LabFile file, RunOptions options) {
    this.file = file;
    this.options = options;
  }

  /**
   * Runs every cell.
   *
   * @param progress is told what runs now
   */
  public static Comparison run(LabFile file, RunOptions options, Consumer<String> progress) {
    Comparison comparison = new Comparison(file, options.withSeries());
    comparison.runAll(progress);
    return comparison;
  }

  private void runAll(Consumer<String> progress) {
    LabFile.Comparison what = file.comparison();
    List<String> presets =
        what == null || what.presets().isEmpty()
            ? SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name).toList()
            : what.presets();
    List<Long> answers =
        what == null || what.answers().isEmpty() ? List.of(RunOptions.AS_IN_FILE) : what.answers();
    boolean alone = what != null && what.alone();
    int runs = presets.size() * answers.size() * (alone ? file.traffic().size() : 1);
    MeasuredRows measured = reference(what);
    int number = 0;
    for (long answer : answers) {
      for (int flow = alone ? 1 : 0; flow <= (alone ? file.traffic().size() : 0); flow++) {
        for (String preset : presets) {
          progress.accept("run " + ++number + " of " + runs + ": " + preset);
          cell(preset, answer, flow, measured);
        }
      }
    }
  }

  private void cell(String preset, long answer, int flow, @Nullable MeasuredRows measured) {
    SaMissPolicy policy = SaMissPolicy.named(preset);
    LabRun run = LabRun.run(file, options.forCell(policy, answer, flow));
    cells.add(new Cell(preset, answer, run));
    double answerMs =
        answer == RunOptions.AS_IN_FILE ? -2 : answer == Long.MAX_VALUE ? -1 : answer / 1e6;
    for (FlowReport report : run.report().flows()) {
      if (flow == 0 || report.flow() == flow) {
        rows.add(
            new Row(
                preset,
                answerMs,
                report,
                run.report().acquires(),
                run.report().packets(),
                measured == null ? null : verdict(measured, preset, report, answerMs)));
      }
    }
  }

  private @Nullable Verdict verdict(
      MeasuredRows measured, String preset, FlowReport flow, double answerMs) {
    int larvalDrop =
        switch (preset) {
          case "linux-default" -> 1;
          case "linux-queue" -> 0;
          default -> -1;
        };
    boolean forwarded = file.protections().stream().noneMatch(p -> p.from().equals(flow.from()));
    return measured.verdict(flow, larvalDrop, answerMs, forwarded);
  }

  private @Nullable MeasuredRows reference(LabFile.@Nullable Comparison what) {
    if (what == null || what.references().isEmpty()) {
      return null;
    }
    Path beside = Path.of(file.where().file()).toAbsolutePath().getParent();
    return MeasuredRows.read(
        what.references().stream()
            .map(name -> beside == null ? Path.of(name) : beside.resolve(name))
            .toList());
  }

  /** The lab. */
  public LabFile file() {
    return file;
  }

  /** Every run, in the order of answer times, flows and presets. */
  public List<Cell> cells() {
    return List.copyOf(cells);
  }

  /** The table. */
  public CompareReport report() {
    long seed = options.seed() < 0 ? file.seed() : options.seed();
    return new CompareReport(file.name(), seed, List.copyOf(rows), List.of());
  }

  /** An answer time for people: {@code 200 ms}, {@code never}, or empty for the file's. */
  public static String answerText(double answerAfterMs) {
    if (answerAfterMs == -2) {
      return "";
    }
    return answerAfterMs < 0 ? "never" : Units.printDuration(Math.round(answerAfterMs * 1e6));
  }
}
