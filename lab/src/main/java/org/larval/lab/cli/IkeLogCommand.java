package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.larval.lab.ike.ControlClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code larval ike log}: the daemon's lines, those of late and those that come. */
@Command(
    name = "log",
    description = "Prints the last lines of the log, and new ones until the daemon ends.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval ike log --config gw.yaml"})
final class IkeLogCommand implements Callable<Integer> {
  @Mixin private IkeWords words = new IkeWords();

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or a line of JSON for each line.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      ControlClient.follow(
          words.socket(),
          (text, json) -> {
            out.println(format == OutputFormat.json ? json : text);
            out.flush();
          });
    } catch (IOException problem) {
      throw new BadInputException(
          "no daemon answers at " + words.socket(), "start one with 'larval ike up'");
    }
    return Main.DONE;
  }
}
