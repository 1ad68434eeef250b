package org.larval.lab.bench;

import java.util.List;
import java.util.function.Consumer;
import org.larval.lab.file.LabFile;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.Roundabout;
import org.larval.lab.run.RunOptions;

/**
 * Hops through the lab beside those of a bare Netty loop. A hop is one packet that crosses one
 * link. {@code street}: links and bridges, frames of 100 bytes; {@code guests}: NIC rings, stacks
 * and sockets too, UDP datagrams in frames of 100 bytes.
 */
final class TimelineBench {
  private static final int BURST = 32;
  private static final int FRAME = 100;

  private TimelineBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    return new BenchReport(
        "timeline", "hop", List.of(table(rounds, 1, progress), table(rounds, 16, progress)));
  }

  private static BenchReport.Table table(Rounds rounds, int segments, Consumer<String> progress) {
    List<Contender> contenders =
        List.of(new BareLoop(segments, BURST), new OnStreet(segments), new WithGuests(segments));
    return new BenchReport.Table(
        4 * segments + " links, bursts of " + BURST, rounds.of(contenders, progress));
  }

  /** Frames between turns. */
  static final class OnStreet implements Contender {
    private static final long STRETCH = 200_000;

    private final Roundabout roundabout;

    OnStreet(int segments) {
      roundabout = new Roundabout(StreetLabs.street(segments));
      for (int i = 0; i < segments; i++) {
        roundabout.send(2 * i, 2 * i + 1, BURST, FRAME);
        roundabout.send(2 * i + 1, 2 * i, BURST, FRAME);
      }
    }

    @Override
    public String name() {
      return "street";
    }

    @Override
    public long run() {
      long before = roundabout.hops();
      roundabout.runFor(STRETCH);
      return roundabout.hops() - before;
    }

    @Override
    public void close() {
      roundabout.close();
    }
  }

  /** Datagrams between sockets. The lab is begun again when its traffic ends. */
  static final class WithGuests implements Contender {
    private static final int DATAGRAMS = 1000;
    private static final long STRETCH = 400_000;

    private final LabFile file;
    private final long end;
    private LabRun run;

    WithGuests(int segments) {
      file = StreetLabs.guests(segments, BURST, DATAGRAMS);
      end = 2 * StreetLabs.delay(0) * DATAGRAMS;
      run = begin();
    }

    private LabRun begin() {
      LabRun begun = LabRun.start(file, RunOptions.PLAIN);
      begun.runFor(STRETCH);
      return begun;
    }

    @Override
    public String name() {
      return "guests";
    }

    @Override
    public void prepare() {
      if (run.now() + STRETCH > end) {
        run.close();
        run = begin();
      }
    }

    @Override
    public long run() {
      long before = run.hops();
      run.runFor(STRETCH);
      return run.hops() - before;
    }

    @Override
    public void close() {
      run.close();
    }
  }
}
