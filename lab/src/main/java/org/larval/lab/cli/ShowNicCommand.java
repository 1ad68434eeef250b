package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.larval.lab.control.LineClient;
import org.larval.lab.file.Units;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.NicsReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval show nic [LAB]}: rings and counters of a lab that runs. */
@Command(
    name = "nic",
    description = {
      "Prints how the NICs of a lab in real time stand, while it runs: their rings, what waits in"
          + " them, what has crossed and what was dropped.",
      "",
      "'waiting' are frames that the guest has sent and nobody took yet, or empty buffers that it"
          + " offers for frames. 'rings' counts how often the guest was told of something,"
          + " 'spared' how often it had asked not to be."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval show nic office --every 1s"})
final class ShowNicCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "LAB",
      description = "Its name, as in 'lab:'; all that this user runs by default.")
  private String lab = "";

  @Option(
      names = "--every",
      paramLabel = "TIME",
      description = "Look again and again, such as every 1s, until the lab ends.")
  private String every = "";

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print tables (the default) or a line of JSON each time.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    long pause = pause();
    List<Path> sockets = RunningLabs.sockets(lab);
    if (sockets.isEmpty()) {
      throw new BadInputException(
          lab.isEmpty() ? "no lab in real time runs" : "no lab '" + lab + "' runs in real time",
          "start one whose file has 'time: real' with 'larval up'");
    }
    do {
      for (Path socket : sockets) {
        show(socket);
      }
      if (pause > 0) {
        LockSupport.parkNanos(pause);
        sockets = RunningLabs.sockets(lab);
      }
    } while (pause > 0 && !sockets.isEmpty());
    return Main.DONE;
  }

  private long pause() {
    try {
      return every.isEmpty() ? 0 : Units.duration(every);
    } catch (IllegalArgumentException problem) {
      throw new BadInputException("--every " + every, String.valueOf(problem.getMessage()));
    }
  }

  private void show(Path socket) throws IOException {
    try (LineClient asked = new LineClient(socket, RunningLabs.NICS)) {
      String line = asked.answer().readLine();
      if (line != null) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(
            format == OutputFormat.json
                ? line + "\n"
                : JsonText.read(line, NicsReport.class).text() + "\n");
        out.flush();
      }
    }
  }
}
