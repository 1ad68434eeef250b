package org.larval.lab.outside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.Program;
import org.larval.lab.file.Units;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.RealTimeline;
import org.larval.wire.MacAddress;

/** The program that plays a guest outside: started, steered and stopped by the lab. */
public final class Player {
  /** From SIGTERM to SIGKILL. */
  private static final long PATIENCE = 5_000_000_000L;

  private static final long LOOK_MILLIS = 50;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** What of a log is searched. */
  private static final int MOST_LOG = 16 << 20;

  private final Program program;
  private final List<String> command;
  private final Map<String, String> environment;
  private final @Nullable Path log;
  private final @Nullable Path says;
  private final RealTimeline timeline;
  private final Consumer<String> note;
  private final Alarm killing;
  private volatile @Nullable ProgramProcess process;
  private boolean again;
  private boolean closed;

  /**
   * A program that does not run yet.
   *
   * @param note hears, on the loop, what becomes of it
   */
  public Player(
      Program program,
      Attachment attachment,
      MacAddress mac,
      RealTimeline timeline,
      Consumer<String> note) {
    this.program = program;
    this.timeline = timeline;
    this.note = note;
    log = program.log() == null ? null : Path.of(program.log());
    switch (program.what()) {
      case Program.Command run -> {
        command = run.run();
        environment = run.environment();
        says = log;
      }
      case Program.Qemu machine -> {
        command = QemuCommand.of(machine, attachment, mac);
        environment = Map.of();
        says = Path.of(machine.console());
      }
    }
    killing = timeline.alarm(this::kill);
  }

  // --- before the lab begins, on the caller's thread ---

  /**
   * Starts it, unless a change will.
   *
   * @throws AttachmentRefused if something that it needs is missing
   */
  public void start() {
    require("sh", "install dash");
    require("setsid", "install util-linux");
    switch (program.what()) {
      case Program.Command run ->
          require(run.run().getFirst(), "install it, or write its whole path");
      case Program.Qemu machine -> {
        require(QemuCommand.QEMU, "install it: apt-get install qemu-system-x86");
        readable(machine.kernel());
        String initrd = machine.initrd();
        if (initrd != null) {
          readable(initrd);
        }
      }
    }
    try {
      prepare(log);
      prepare(says);
      if (program.atStart()) {
        launch();
      }
    } catch (IOException problem) {
      throw new AttachmentRefused(
          "its program cannot be started: " + problem.getMessage(), "see that it can be run");
    }
  }

  private static void require(String what, String remedy) {
    if (!ProgramProcess.runnable(what)) {
      throw new AttachmentRefused("there is no program '" + what + "'", remedy);
    }
  }

  private static void readable(String file) {
    if (!Files.isReadable(Path.of(file))) {
      throw new AttachmentRefused(
          "'" + file + "' cannot be read", "name a file that is there and that this user may read");
    }
  }

  /** An empty place for what it says; an older run's is no answer. */
  private static void prepare(@Nullable Path file) throws IOException {
    if (file != null) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.deleteIfExists(file);
    }
  }

  private void launch() throws IOException {
    ProgramProcess started = ProgramProcess.start(command, environment, log);
    process = started;
    started.onEnd(() -> timeline.loop().execute(() -> ended(started)));
  }

  /**
   * Waits until it says that it is ready.
   *
   * @throws AttachmentRefused if it ends before, or takes too long
   */
  public void awaitReady() {
    ProgramProcess started = process;
    Pattern ready = program.ready();
    Path file = says;
    if (started == null || ready == null || file == null) {
      return;
    }
    long limit = timeline.now() + program.within();
    while (!says(file, ready)) {
      if (started.await(LOOK_MILLIS) && !says(file, ready)) {
        throw new AttachmentRefused(
            "its program " + started.end() + " before it was ready", "see " + file);
      }
      if (timeline.now() > limit) {
        throw new AttachmentRefused(
            "it was not ready within " + Units.printDuration(program.within()),
            "see " + file + ", or give it longer with 'within'");
      }
    }
  }

  private static boolean says(Path file, Pattern wanted) {
    try {
      long bytes = Files.exists(file) ? Files.size(file) : 0;
      return bytes > 0
          && bytes < MOST_LOG
          && wanted.matcher(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)).find();
    } catch (IOException e) {
      return false; // it is being made
    }
  }

  // --- while the lab runs, on its loop ---

  private void ended(ProgramProcess which) {
    if (closed || which != process) {
      return;
    }
    process = null;
    timeline.arm(killing, Long.MAX_VALUE);
    note.accept("its program " + which.end());
    if (again) {
      again = false;
      begin();
    }
  }

  private void begin() {
    try {
      launch();
      note.accept("its program was started");
    } catch (IOException problem) {
      note.accept("its program cannot be started: " + problem.getMessage());
    }
  }

  /** Does what a change says. */
  public void steer(Program.Steering what) {
    ProgramProcess running = process;
    if (running == null) {
      if (what == Program.Steering.START || what == Program.Steering.RESTART) {
        begin();
      } else {
        note.accept("its program does not run");
      }
      return;
    }
    switch (what) {
      case START -> note.accept("its program runs already");
      case STOP -> stop(running, "told to stop");
      case RESTART -> {
        again = true;
        stop(running, "told to stop and start again");
      }
      case KILL -> {
        running.signal("KILL");
        note.accept("killed");
      }
      case PAUSE -> {
        running.signal("STOP");
        note.accept("paused");
      }
      case RESUME -> {
        running.signal("CONT");
        note.accept("resumed");
      }
    }
  }

  private void stop(ProgramProcess running, String words) {
    running.signal("TERM");
    running.signal("CONT"); // one that is paused would not hear of it
    timeline.arm(killing, timeline.now() + PATIENCE);
    note.accept(words);
  }

  private long kill(long now) {
    ProgramProcess running = process;
    if (running != null) {
      running.signal("KILL");
      note.accept("killed, since it did not stop");
    }
    return Long.MAX_VALUE;
  }

  // --- the end ---

  /** The lab is over: asks the program to end. On the loop. */
  public void end() {
    closed = true;
    ProgramProcess running = process;
    if (running != null) {
      running.signal("TERM");
      running.signal("CONT");
    }
  }

  /** Waits for its end, and kills what does not end; on another thread than the lab's. */
  public void close() {
    ProgramProcess running = process;
    if (running != null && !running.await(PATIENCE / NANOS_PER_MILLI)) {
      running.kill();
      boolean ended = running.await(PATIENCE / NANOS_PER_MILLI);
      assert ended : "SIGKILL cannot be refused";
    }
  }
}
