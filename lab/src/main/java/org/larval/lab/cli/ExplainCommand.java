package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.Walk;
import org.larval.lab.report.WalkHtml;
import org.larval.lab.run.LabRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval explain LAB.yaml}: the walk of one message's packets. */
@Command(
    name = "explain",
    description = "Runs a lab and prints the walk of one message: every room, rule, SA and why.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval explain examples/two-guests.yaml --flow 1 --message 0"})
final class ExplainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "LAB.yaml", description = "The lab file.")
  private Path lab = Path.of("lab.yaml");

  @Option(names = "--flow", paramLabel = "N", description = "The entry of 'traffic:', from 1.")
  private int flow = 1;

  @Option(
      names = "--message",
      paramLabel = "N",
      description = "The message, from 0; of a flow that sent none, what came before.")
  private int message;

  @Option(names = "--html", paramLabel = "FILE", description = "Writes a page with a drawing too.")
  private @Nullable Path html;

  @Mixin private RunWords words = new RunWords();

  @Mixin private MissWord miss = new MissWord();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    LabFile file = LabFileReader.read(lab);
    if (flow < 1 || flow > file.traffic().size()) {
      throw new BadInputException(
          "there is no flow " + flow, "the lab has flows 1 to " + file.traffic().size());
    }
    Walk walk = walk(file);
    Path page = html;
    if (page != null) {
      UpCommand.write(page, WalkHtml.of(file, walk));
    }
    out.print(words.json() ? JsonText.of(walk) : walk.text());
    return Main.DONE;
  }

  private Walk walk(LabFile file) {
    LabRun run = LabRun.run(file, miss.onto(words.options()).following(flow, message));
    int offered = run.ledger().flow(flow).offered();
    if (offered == 0 && message == 0) {
      LabRun again = LabRun.run(file, miss.onto(words.options()).following(flow, Walk.BEFORE));
      return Walk.of(again, flow, Walk.BEFORE);
    }
    if (message < 0 || message >= offered) {
      throw new BadInputException(
          "flow " + flow + " has no message " + message,
          offered == 0 ? "it sent none; leave --message out" : "it has 0 to " + (offered - 1));
    }
    return Walk.of(run, flow, message);
  }
}
