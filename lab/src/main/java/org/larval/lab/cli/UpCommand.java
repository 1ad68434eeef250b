package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.larval.lab.control.LineServer;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.Outside;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.RunHtml;
import org.larval.lab.report.RunReport;
import org.larval.lab.report.RunText;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval up LAB.yaml}: runs one lab to its end and checks what it expects. */
@Command(
    name = "up",
    description = "Runs a lab to its end, prints every flow's fate, and checks 'expect:'.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval up examples/two-guests.yaml"})
final class UpCommand implements Callable<Integer> {
  @Parameters(paramLabel = "LAB.yaml", description = "The lab file.")
  private Path lab = Path.of("lab.yaml");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where 'pcap:' paths begin; the current directory by default.")
  private @Nullable Path captures;

  @Option(names = "--no-pcap", description = "Write no captures.")
  private boolean withoutCaptures;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write the run as one HTML page with pictures.")
  private @Nullable Path html;

  @Mixin private RunWords words = new RunWords();

  @Mixin private MissWord miss = new MissWord();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    LabFile file = LabFileReader.read(lab);
    RunOptions options = miss.onto(words.options());
    if (!withoutCaptures) {
      Path under = captures;
      options = options.capturing(under == null ? Path.of("") : under);
    }
    Path page = html;
    if (page != null) {
      options = options.withSeries();
    }
    if (!file.realTime()) {
      return tell(LabRun.run(file, options), page, out);
    }
    AtomicReference<LabRun> running = new AtomicReference<>();
    try (Ending ending = Ending.onSignal(() -> interrupt(running.get()))) {
      LabRun run = LabRun.start(file, options);
      try (run;
          LineServer control = RunningLabs.announce(file.name(), run)) {
        assert control.isOpen();
        running.set(run);
        if (file.guests().values().stream().anyMatch(UpCommand::hasProgram)) {
          spec.commandLine().getErr().println("larval up: all guests are ready");
        }
        if (ending.asked()) {
          run.interrupt();
        }
        run.finish();
      }
      int code = tell(run, page, out);
      out.flush();
      return ending.done(code);
    }
  }

  private static boolean hasProgram(LabFile.Guest guest) {
    Outside outside = guest.outside();
    return outside != null && outside.program() != null;
  }

  /** Whether there is a run that will tell what it did. */
  private static boolean interrupt(@Nullable LabRun run) {
    if (run != null) {
      run.interrupt();
    }
    return run != null;
  }

  private int tell(LabRun run, @Nullable Path page, PrintWriter out) throws IOException {
    RunReport report = run.report();
    if (page != null) {
      write(page, RunHtml.of(run));
    }
    out.print(words.json() ? JsonText.of(report) : Terminal.alarming(RunText.of(report)));
    return report.met() ? Main.DONE : Main.NOT_MET;
  }

  static void write(Path page, String text) throws IOException {
    Path under = page.toAbsolutePath().getParent();
    if (under != null) {
      Files.createDirectories(under);
    }
    Files.writeString(page, text);
  }
}
