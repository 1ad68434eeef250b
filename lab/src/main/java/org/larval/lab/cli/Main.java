package org.larval.lab.cli;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.larval.lab.file.LabFileException;
import org.larval.pcap.CaptureException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code larval}: hands the words to a command, and turns complaints into one line and exit 2. */
@Command(
    name = "larval",
    description = "What happens to a packet that needs an SA which does not exist yet?",
    subcommands = {
      UpCommand.class,
      GuestCommand.class,
      CompareCommand.class,
      ExplainCommand.class,
      ReplayCommand.class,
      ShowCommand.class,
      PolicyCommand.class,
      IkeCommand.class,
      BenchCommand.class
    },
    mixinStandardHelpOptions = true,
    version = "larval 0.1.0",
    footer = {"", "Example: larval compare examples/compare.yaml"})
public final class Main implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** Everything was done. */
  static final int DONE = 0;

  /** An expectation was not met. */
  static final int NOT_MET = 1;

  /** Bad input. */
  static final int BAD_INPUT = 2;

  /** Starts the program. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    // only a thread that promises to clean up gets Netty's caches: without them every packet costs
    // a new buffer object
    FastThreadLocalThread.runWithFastThreadLocal(
        () -> {
          int code = run(out, err, args);
          out.flush();
          System.exit(code);
        });
  }

  /** Runs one command line and answers its exit code. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler(Main::wrongWords);
    line.setExecutionExceptionHandler(
        (problem, command, result) -> complain(problem, command.getErr()));
    int code = line.execute(args);
    out.flush();
    return code;
  }

  private static int wrongWords(ParameterException problem, String[] args) {
    String message = String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
    String name = problem.getCommandLine().getCommandSpec().qualifiedName();
    problem.getCommandLine().getErr().println("larval: " + message + "; see '" + name + " --help'");
    return BAD_INPUT;
  }

  private static int complain(Exception problem, PrintWriter err) throws Exception {
    if (problem instanceof LabFileException
        || problem instanceof CaptureException
        || problem instanceof BadInputException) {
      err.println("larval: " + problem.getMessage());
      return BAD_INPUT;
    }
    throw problem;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
