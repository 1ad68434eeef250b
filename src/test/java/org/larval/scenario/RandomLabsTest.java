package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * Labs that nobody thought of: every packet must come to exactly one end, every message to exactly
 * one fate, no room may throw or keep a buffer, and nothing may leave in clear that a policy
 * protects. More with {@code -Dlarval.random.labs=N -Dlarval.random.first=SEED}.
 */
class RandomLabsTest {
  private static final int LABS = Integer.getInteger("larval.random.labs", 500);
  private static final long FIRST = Long.getLong("larval.random.first", 1);
  private static final double AN_HOUR = 3_600_000;

  private long packets;
  private long messages;
  private double virtualMs;

  @Test
  void booksBalanceInEveryLab() {
    List<String> failures = new ArrayList<>();
    long began = System.nanoTime();
    for (long seed = FIRST; seed < FIRST + LABS; seed++) {
      RandomLab.Made made = RandomLab.of(seed);
      try {
        String wrong = run(seed, made);
        if (!wrong.isEmpty()) {
          failures.add("seed " + seed + ": " + wrong + "\n" + made.yaml());
        }
      } catch (RuntimeException problem) {
        failures.add("seed " + seed + ": " + trace(problem) + "\n" + made.yaml());
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%d random labs: %d packets, %d messages, %.0f virtual seconds in %.1f s%n",
        LABS,
        packets,
        messages,
        virtualMs / 1e3,
        (System.nanoTime() - began) / 1e9);
    assertThat(failures.size() > 5 ? failures.subList(0, 5) : failures)
        .as("%s of %s labs", failures.size(), LABS)
        .isEmpty();
    assertThat(packets).isGreaterThan(LABS * 10L);
  }

  private String run(long seed, RandomLab.Made made) {
    LabRun run = LabRun.run(LabFileReader.parse("random-" + seed, made.yaml()), RunOptions.PLAIN);
    RunReport report = run.report();
    packets += report.packets().born();
    virtualMs += report.endedMs();
    if (!report.packets().balances()) {
      return "packets " + report.packets();
    }
    if (made.endless() && report.endedMs() < AN_HOUR && report.packets().underWay() > 0) {
      return "nothing is due, but packets are under way: " + report.packets();
    }
    for (FlowReport flow : report.flows()) {
      messages += flow.offered();
      int ends =
          flow.delivered() + flow.lostTotal() + flow.refusedTotal() + flow.asleep() + flow.held();
      if (ends != flow.offered()) {
        return "flow " + flow;
      }
      if (flow.leakedInClear() > 0 && !made.mayLeak()) {
        return "leak in " + flow;
      }
    }
    return "";
  }

  private static String trace(RuntimeException problem) {
    StringBuilder text = new StringBuilder(problem.toString());
    StackTraceElement[] trace = problem.getStackTrace();
    for (int i = 0; i < Math.min(12, trace.length); i++) {
      text.append("\n  at ").append(trace[i]);
    }
    return text.toString();
  }
}
