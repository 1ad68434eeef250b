package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.LabPolicy;
import org.larval.lab.file.PolicySource;
import org.larval.lab.reach.Reach;
import org.larval.lab.reach.ReachReport;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.ReachHtml;
import org.larval.lab.report.ReachText;
import org.larval.labels.policydb.PolicyDb;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval policy reach LAB.yaml}: what a compromised guest could reach. */
@Command(
    name = "reach",
    description = {
      "Prints which guests and labels of a lab can reach which under a policy, what stops the"
          + " others, and what a compromised guest gets at; exit code 1 if guests reach each other"
          + " that their categories should keep apart.",
      "",
      "Paths: 'clear' is a packet whose sender's label does not travel, 'association' is labeled"
          + " IPsec, 'ipsec' is IPsec without labels, and 'peer' is what would be if the label"
          + " travelled by other means (CIPSO, one host). Nothing is sent; the answers are the"
          + " policy's, for every check on the way, over every pair of NICs."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval policy reach examples/svirt.yaml --paths"})
final class ReachCommand implements Callable<Integer> {
  @Parameters(paramLabel = "LAB.yaml", description = "The lab file.")
  private Path lab = Path.of("lab.yaml");

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "A policy instead of the lab's: the kernel's binary format, or YAML.")
  private @Nullable Path policy;

  @Option(names = "--paths", description = "Show every check of every path.")
  private boolean paths;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or JSON, which has all paths.")
  private OutputFormat format = OutputFormat.text;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write the matrix and all paths as one HTML page.")
  private @Nullable Path html;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    LabFile file = LabFileReader.read(lab);
    PolicyDb asked = policy == null ? LabPolicy.of(file) : PolicySource.read(policy);
    if (asked == null) {
      throw new BadInputException(
          lab + ": the lab has no policy", "give --policy FILE, or write 'policy: FILE' in it");
    }
    ReachReport report = Reach.of(file, asked);
    Path page = html;
    if (page != null) {
      UpCommand.write(page, ReachHtml.of(file, report));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(format == OutputFormat.json ? JsonText.of(report) : ReachText.of(report, paths));
    out.flush();
    return report.findings().isEmpty() ? Main.DONE : Main.NOT_MET;
  }
}
