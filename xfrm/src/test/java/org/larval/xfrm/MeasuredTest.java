package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.MS;
import static org.larval.xfrm.Bench.S;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;

/**
 * The table of spec kernel-sa-miss (Linux 6.1 and 6.12, three boots): 3000 datagrams, one every
 * millisecond, an unconnected socket, the key manager answers after D ms. The ranges hold what was
 * measured, widened by a few packets and milliseconds of the machine's jitter.
 */
class MeasuredTest {
  private static final int CALLS = 3000;

  private static final class Run {
    int eagain;
    long lost;
    long late;
    long latest;
  }

  /**
   * Sends.
   *
   * @param answerAfter milliseconds between an acquire and its SA, -1 for never
   * @param deleteAt milliseconds at which all SAs are deleted, -1 for never
   */
  private static Run run(SaMissPolicy rules, int answerAfter, int deleteAt) {
    Run run = new Run();
    try (Bench bench = new Bench(rules)) {
      bench.add(Bench.protect());
      if (deleteAt >= 0) {
        bench.install(bench.sa(A, B));
      }
      int answered = 0;
      long answerAt = Long.MAX_VALUE;
      for (int i = 0; i < CALLS + 2000; i++) {
        if (answerAt <= i * MS) {
          bench.run(answerAt);
          bench.install(bench.sa(A, B).sequence(bench.acquires().get(answered++).sequence()));
          answerAt = Long.MAX_VALUE;
        }
        bench.run(i * MS);
        if (i == deleteAt) {
          bench.engine.sad().flush(bench.now, bench.out);
        }
        if (i < CALLS && bench.send(B) == Errno.EAGAIN) {
          run.eagain++;
        }
        if (bench.acquires().size() > answered && answerAt == Long.MAX_VALUE && answerAfter >= 0) {
          answerAt = (i + answerAfter) * MS;
        }
      }
      for (Packet packet : bench.packets()) {
        run.late += packet.heldNanos > 30 * MS ? 1 : 0;
        run.latest = Math.max(run.latest, packet.heldNanos / MS);
      }
      run.lost = CALLS - run.eagain - bench.forwarded();
      assertThat(bench.dropped(DropReason.XFRM_OUT_NO_STATES))
          .isEqualTo((int) bench.count(XfrmStats.Counter.OUT_NO_STATES));
      bench.run(6 * S);
    }
    return run;
  }

  @ParameterizedTest
  @CsvSource({
    "  50, -1,   50,   54",
    " 200, -1,  200,  204",
    "1000, -1, 1000, 1004",
    "  -1, -1, 3000, 3000",
    " 200, 1000, 200, 204",
  })
  void larvalDrop1(int answerAfter, int deleteAt, int fewest, int most) {
    Run run = run(SaMissPolicy.LINUX_DEFAULT, answerAfter, deleteAt);
    assertThat(run.lost).isBetween((long) fewest, (long) most);
    assertThat(run.eagain).isZero();
    assertThat(run.late).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "  50, -1,     0,    0,  45,  55,  100,  110",
    " 200, -1,    95,  105, 101, 101,  300,  320",
    "1000, -1,   895,  905, 101, 101, 1500, 1613",
    " 200, 1000,  95,  105, 101, 101,  300,  320",
  })
  void larvalDrop0(
      int answerAfter,
      int deleteAt,
      int fewestErrors,
      int mostErrors,
      long fewestLate,
      long mostLate,
      long earliest,
      long latest) {
    Run run = run(SaMissPolicy.LINUX_QUEUE, answerAfter, deleteAt);
    assertThat(run.lost).isZero();
    assertThat(run.eagain).isBetween(fewestErrors, mostErrors);
    assertThat(run.late).isBetween(fewestLate, mostLate);
    assertThat(run.latest).isBetween(earliest, latest);
  }
}
