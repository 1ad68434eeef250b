package org.larval.lab.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.PolicyReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval policy info POLICY}: what a policy holds. */
@Command(
    name = "info",
    description = "Prints what a policy holds: version, MLS, counts, booleans, capabilities.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval policy info policy.33 --format json"})
final class PolicyInfoCommand implements Callable<Integer> {
  @Parameters(paramLabel = "POLICY", description = "A binary policy.")
  private Path policy = Path.of("policy.33");

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or JSON.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PolicyReport report = PolicyReport.of(policy.toString(), PolicyCommand.read(policy));
    PrintWriter out = spec.commandLine().getOut();
    out.print(format == OutputFormat.json ? JsonText.of(report) : report.text());
    out.flush();
    return Main.DONE;
  }
}
