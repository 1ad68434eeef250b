package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.CompareCsv;
import org.larval.lab.report.CompareHtml;
import org.larval.lab.report.CompareReport;
import org.larval.lab.report.CompareText;
import org.larval.lab.report.JsonText;
import org.larval.lab.run.Comparison;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval compare}: the same traffic under every SA-miss policy. */
@Command(
    name = "compare",
    description = {
      "Runs the same traffic under every SA-miss policy: one table, and one report.",
      "Without a lab file it takes examples/compare.yaml."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval compare examples/kernel-parity.yaml --format json"})
final class CompareCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "LAB.yaml", description = "The lab file.")
  private @Nullable Path lab;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the report goes: out/compare by default.")
  private Path directory = Path.of("out", "compare");

  @Mixin private RunWords words = new RunWords();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Path given = lab;
    Path path = given == null ? home().resolve("examples/compare.yaml") : given;
    LabFile file = LabFileReader.read(path);
    Progress progress = new Progress(spec.commandLine().getErr());
    Comparison comparison = Comparison.run(file, words.options(), progress::show);
    progress.clear();
    List<String> files = new ArrayList<>();
    CompareReport report = comparison.report();
    Files.createDirectories(directory);
    files.add(write("report.html", CompareHtml.of(comparison)));
    files.add(write("report.csv", CompareCsv.of(report)));
    files.add(write("report.json", JsonText.of(report)));
    out.print(
        words.json() ? JsonText.of(report) : Terminal.alarming(CompareText.of(report, files)));
    return report.inBand() ? Main.DONE : Main.NOT_MET;
  }

  private String write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, text);
    return file.toString();
  }

  private static Path home() {
    return Path.of(System.getProperty("larval.home", ""));
  }
}
