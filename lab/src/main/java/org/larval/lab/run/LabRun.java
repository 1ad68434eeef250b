package org.larval.lab.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.larval.guest.app.App;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Expectation;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.NicsReport;
import org.larval.lab.report.ReplayReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.SaReport;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.lab.time.VirtualTimeline;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmStats;
import org.larval.xfrm.transform.IpsecTransform;

/**
 * One run of a lab: started, carried on for a while or to its end, then read. In virtual time it
 * runs on the caller's thread; in real time the lab lives on its own loop while the caller waits.
 */
public final class LabRun implements AutoCloseable {
  /** A lab in virtual time without {@code until:} ends here at the latest: one hour. */
  private static final long LONGEST = 3_600_000_000_000L;

  private final LabFile file;
  private final RunOptions options;
  private final long seed;
  private final Timeline timeline;
  private @Nullable Rooms rooms;
  private @Nullable RunReport report;
  private final @Nullable Replay replay;

  private LabRun(LabFile file, RunOptions options, @Nullable Replay replay) {
    this.file = file;
    this.replay = replay;
    this.options = options;
    seed = options.seed() < 0 ? file.seed() : options.seed();
    timeline = file.realTime() ? RealTimeline.start() : new VirtualTimeline();
  }

  /** Runs a lab to its end. */
  public static LabRun run(LabFile file, RunOptions options) {
    try (LabRun run = start(file, options)) {
      run.finish();
      return run;
    }
  }

  /** Puts a lab together and opens it; no time has passed yet. */
  public static LabRun start(LabFile file, RunOptions options) {
    return start(file, options, null);
  }

  /**
   * The same, and a guest replays a capture beside the lab's traffic. The capture's reader stays
   * the caller's to close, after {@link #finish}.
   */
  public static LabRun start(LabFile file, RunOptions options, @Nullable Replay replay) {
    LabRun run = new LabRun(file, options, replay);
    try {
      run.onLoop(() -> run.rooms = new Rooms(file, options, run.replay, run.timeline, run.seed));
      List<Outsider> outsiders = run.rooms().outsiders();
      outsiders.forEach(Outsider::open);
      outsiders.forEach(Outsider::play);
      outsiders.forEach(Outsider::awaitReady);
      run.onLoop(run::begin);
      return run;
    } catch (RuntimeException problem) {
      run.closeSockets();
      run.timeline.close();
      throw problem;
    }
  }

  private void begin() {
    if (timeline instanceof RealTimeline real) {
      real.begin();
    }
    rooms().open();
    rooms().outsiders().forEach(Outsider::begin);
  }

  private void closeSockets() {
    Rooms built = rooms;
    if (built != null) {
      List<Outsider> outsiders = List.copyOf(built.outsiders());
      onLoop(built::close);
      outsiders.forEach(Outsider::dismiss);
    }
  }

  /** The guests' rooms, for others of this package; on the loop only. */
  Rooms built() {
    return rooms();
  }

  /**
   * Ends the wait of {@link #finish} and {@link #runFor} in real time, from any thread: the lab
   * then ends before its time.
   */
  public void interrupt() {
    if (timeline instanceof RealTimeline real) {
      real.interrupt();
    }
  }

  void onLoop(Runnable task) {
    if (timeline instanceof RealTimeline real) {
      real.onLoop(task);
    } else {
      task.run();
    }
  }

  private Rooms rooms() {
    Rooms built = rooms;
    if (built == null) {
      throw new IllegalStateException("the lab is not built");
    }
    return built;
  }

  /** Lets time pass, in nanoseconds. */
  public void runFor(long nanos) {
    timeline.runUntil(timeline.now() + nanos);
  }

  /** Lets time pass. */
  public void runFor(Duration time) {
    runFor(time.toNanos());
  }

  /** Lets the lab run to its end and closes its books. Once; later calls do nothing. */
  public void finish() {
    if (report != null) {
      return;
    }
    if (file.realTime() || file.until() != Long.MAX_VALUE) {
      timeline.runUntil(file.until());
    } else {
      while (timeline.next() <= LONGEST) {
        timeline.runUntil(timeline.next());
      }
    }
    stop();
  }

  /** Ends the lab where it stands, before its time, and closes its books. */
  public void stop() {
    if (report != null) {
      return;
    }
    onLoop(
        () -> {
          long ended = timeline.now();
          rooms().end();
          report = makeReport(ended);
        });
  }

  /**
   * What a policy in a file wrote into the audit log, oldest first, up to {@value
   * PolicyInForce#MAX_RECORDS} records.
   */
  public List<AuditRecord> audit() {
    return rooms().audit();
  }

  /**
   * Starts a program on a guest, beside the lab's traffic. In real time it lives on the lab's loop.
   *
   * @return what {@link App#start} answers
   */
  public Errno start(String guest, Function<Shell, App> program) {
    GuestNode node = rooms().node(guest);
    Errno[] answer = {Errno.OK};
    onLoop(
        () -> {
          answer[0] = program.apply(rooms().shell(node)).start(timeline.now(), node.effects());
          node.rearm();
        });
    return answer[0];
  }

  /** How all NICs stand now; from any thread in real time. */
  public NicsReport nics() {
    NicsReport[] made = new NicsReport[1];
    onLoop(
        () -> {
          List<NicsReport.Nic> all = new ArrayList<>();
          rooms().guests().values().forEach(guest -> all.addAll(guest.standing()));
          rooms().outsiders().forEach(outsider -> all.add(outsider.standing()));
          made[0] = new NicsReport(file.name(), timeline.now() / 1e6, all);
        });
    return made[0];
  }

  private RunReport makeReport(long ended) {
    Ledger ledger = rooms().ledger();
    List<FlowReport> flows = new ArrayList<>();
    for (FlowAccount flow : ledger.flows()) {
      if (options.onlyFlow() == 0 || options.onlyFlow() == flow.number()) {
        flows.add(FlowReport.of(flow, traffic(flow.number())));
      }
    }
    return new RunReport(
        file.name(),
        seed,
        file.realTime() ? "real" : "virtual",
        ended / 1e6,
        ledger.balance(),
        flows,
        xfrmStat(),
        sas(),
        rooms().locksmith().acquires(),
        audited(),
        rooms().locksmith().ikeLog(),
        rooms().outsiders().stream().map(Outsider::report).toList(),
        rooms().outsideLog().lines(),
        expectations(flows),
        rooms().captures().files());
  }

  private LabFile.@Nullable Traffic traffic(int flow) {
    return flow >= 1 && flow <= file.traffic().size() ? file.traffic().get(flow - 1) : null;
  }

  /** Records about the same question, whatever packet it was asked about, count as one. */
  private List<RunReport.Audited> audited() {
    Map<String, RunReport.Audited> all = new LinkedHashMap<>();
    for (AuditRecord each : audit()) {
      all.merge(
          each.question(),
          new RunReport.Audited(each.text(), 1),
          (first, next) -> new RunReport.Audited(first.record(), first.times() + 1));
    }
    return List.copyOf(all.values());
  }

  private Map<String, Map<String, Long>> xfrmStat() {
    Map<String, Map<String, Long>> all = new LinkedHashMap<>();
    for (GuestNode guest : rooms().guests().values()) {
      Map<String, Long> counters = new LinkedHashMap<>();
      for (XfrmStats.Counter counter : XfrmStats.Counter.values()) {
        long value = guest.xfrm().stats().value(counter);
        if (value != 0) {
          counters.put(counter.linuxName(), value);
        }
      }
      if (!counters.isEmpty()) {
        all.put(guest.name(), counters);
      }
    }
    return all;
  }

  private List<SaReport> sas() {
    List<SaReport> all = new ArrayList<>();
    for (GuestNode guest : rooms().guests().values()) {
      for (State state : guest.xfrm().sad().list()) {
        if (state.transform() instanceof IpsecTransform transform) {
          all.add(
              new SaReport(
                  guest.name(),
                  state.toString(),
                  state.bytes(),
                  state.packets(),
                  transform.windowDrops(),
                  transform.replayDrops(),
                  transform.integrityFailures()));
        }
      }
    }
    return all;
  }

  private List<RunReport.Expected> expectations(List<FlowReport> flows) {
    List<RunReport.Expected> all = new ArrayList<>();
    for (Expectation expectation : file.expectations()) {
      long actual = 0;
      boolean ran = false;
      for (FlowReport flow : flows) {
        boolean ofFile = flow.flow() <= file.traffic().size();
        if (ofFile && (expectation.flow() == 0 || expectation.flow() == flow.flow())) {
          actual += flow.figure(expectation.figure());
          ran = true;
        }
      }
      if (ran) {
        all.add(
            new RunReport.Expected(
                expectation.where().toString(),
                expectation.flow(),
                expectation.figure(),
                expectation.relation().sign() + " " + expectation.value(),
                actual,
                expectation.relation().holds(actual, expectation.value())));
      }
    }
    return all;
  }

  /** The lab. */
  public LabFile file() {
    return file;
  }

  /** The seed in force. */
  public long seed() {
    return seed;
  }

  /** Nanoseconds since the lab began. */
  public long now() {
    return timeline.now();
  }

  /** What became of everything; finishes the run first. */
  public RunReport report() {
    finish();
    RunReport made = report;
    if (made == null) {
      throw new IllegalStateException("the run has no report");
    }
    return made;
  }

  /** What became of the replay; finishes the run first. */
  public ReplayReport replayReport() {
    finish();
    ReplaySender sender = rooms().replaySender();
    Replay what = replay;
    if (sender == null || what == null) {
      throw new IllegalStateException("the run has no replay");
    }
    return sender.report(what, report());
  }

  /** The ledger, also while the lab runs. In real time, read it only after {@link #finish}. */
  public Ledger ledger() {
    return rooms().ledger();
  }

  /** Packets in hold queues over time, of all guests together. */
  public HeldSeries held() {
    return rooms().held();
  }

  /** When SAs that had been asked for came, in nanoseconds since the lab began. */
  public List<Long> installs() {
    return rooms().locksmith().installs();
  }

  /** Who protects what: as the file says, or as its keys imply. */
  public List<LabFile.Protection> protections() {
    return rooms().protections();
  }

  /** How often the timeline's clock moved to another instant. */
  public long instants() {
    return timeline.instants();
  }

  /** How many links were crossed so far, over all packets. In real time as {@link #ledger}. */
  public long hops() {
    return rooms().street().hops();
  }

  /** How many packets were dropped for a reason. */
  public long dropped(DropReason reason) {
    return ledger().dropped(reason);
  }

  @Override
  public void close() {
    try {
      if (report == null && rooms != null) {
        onLoop(rooms()::end);
      }
    } finally {
      closeSockets();
      timeline.close();
    }
  }
}
