package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.larval.lab.bench.Bench;
import org.larval.lab.bench.BenchReport;
import org.larval.lab.bench.EspBench;
import org.larval.lab.bench.EspReport;
import org.larval.lab.bench.LabelledBench;
import org.larval.lab.bench.LabelledReport;
import org.larval.lab.bench.LabelsBench;
import org.larval.lab.bench.LabelsReport;
import org.larval.lab.bench.NicBench;
import org.larval.lab.bench.NicReport;
import org.larval.lab.bench.Rounds;
import org.larval.lab.bench.ThousandLab;
import org.larval.lab.bench.ThousandReport;
import org.larval.lab.report.JsonText;
import org.larval.labels.policydb.PolicyFileException;
import org.larval.xfrm.crypto.CryptoChoice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval bench [NAME]}: how fast, as ratios. */
@Command(
    name = "bench",
    description = {
      "Measures one part, or all: each beside a plain reference, in turns with it.",
      "  timeline  hops through links, bridges and guests; a bare Netty loop",
      "  ring      frames through a NIC's ring; copying their bytes",
      "  sad       state look-ups among 1,000, 100,000 and 1,000,000; the fewest",
      "  spd       policy look-ups among 10, 1,000 and 100,000; the fewest",
      "  ike       IKE SAs with a child, set up and deleted; x25519 with a shared secret",
      "  esp       packets through ESP; the cipher alone, OpenSSL in C",
      "  labelled  guest to guest with secmark, CIPSO, labelled ESP; without labels",
      "  nic       frames of a guest outside by vhost-user; librte_vhost in C (needs DPDK);",
      "            by netfile; Agrona's ring, Netty's LocalChannel, UDP",
      "  thousand  what a lab of 1,000 guests takes to start and run",
      "  labels    decisions of a SELinux policy; libsepol (needs --policy and --questions)"
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval bench timeline --format json"})
final class BenchCommand implements Callable<Integer> {
  private static final String THOUSAND = "thousand";
  private static final String ESP = "esp";
  private static final String LABELS = "labels";
  private static final String LABELLED = "labelled";
  private static final String NIC = "nic";

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Which; all by default.")
  private @Nullable String name;

  @Option(
      names = "--write",
      paramLabel = "FILE",
      description = "With thousand: only write its lab file, for 'larval up FILE'.")
  private @Nullable Path write;

  @Option(names = "--policy", paramLabel = "FILE", description = "With labels: a binary policy.")
  private @Nullable Path policy;

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      description = "With labels: lines 'av SOURCE TARGET CLASS', tab separated; may be gzipped.")
  private @Nullable Path questions;

  @Option(
      names = "--oracle",
      paramLabel = "PROGRAM",
      description = "With labels: run as 'PROGRAM POLICY bench 2' over the same questions.")
  private @Nullable Path oracle;

  @Option(names = "--quick", description = "With esp, labelled and nic: less of it, a few seconds.")
  private boolean quick;

  @Option(names = "--here", hidden = true, description = "With esp: measure in this process.")
  private boolean here;

  @Mixin private CryptoWord crypto = new CryptoWord();

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print tables (the default) or JSON.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    String wanted = name;
    boolean thousand = THOUSAND.equals(wanted);
    Path file = write;
    if (file != null) {
      if (!thousand) {
        throw new BadInputException("--write needs a lab", "write 'larval bench thousand --write'");
      }
      Files.writeString(file, ThousandLab.WHOLE.yaml());
      return Main.DONE;
    }
    if (LABELS.equals(wanted)) {
      measureLabels();
      return Main.DONE;
    }
    if (NIC.equals(wanted)) {
      measureNic();
      return Main.DONE;
    }
    boolean esp = ESP.equals(wanted);
    boolean labelled = LABELLED.equals(wanted);
    boolean known = wanted == null || thousand || esp || labelled;
    for (Bench bench : Bench.values()) {
      if (wanted == null || bench.name().equals(wanted)) {
        known = true;
        measure(bench);
      }
    }
    if (!known) {
      String all = Arrays.stream(Bench.values()).map(Bench::name).collect(Collectors.joining(", "));
      throw new BadInputException(
          "there is no benchmark '" + wanted + "'",
          "there are " + String.join(", ", all, ESP, LABELLED, LABELS, NIC) + " and " + THOUSAND);
    }
    if (wanted == null || esp) {
      measureEsp();
    }
    if (wanted == null || labelled) {
      measureLabelled();
    }
    if (wanted == null || thousand) {
      ThousandReport report = ThousandReport.of(ThousandLab.WHOLE);
      print(format == OutputFormat.json ? JsonText.of(report) : report.text());
    }
    return Main.DONE;
  }

  private void measureLabels() throws IOException {
    Path file = policy;
    Path lines = questions;
    if (file == null || lines == null) {
      throw new BadInputException(
          "labels needs a policy and questions", "add --policy FILE --questions FILE");
    }
    Progress progress = new Progress(spec.commandLine().getErr());
    try {
      LabelsReport report =
          new LabelsBench(file, lines, oracle, Rounds.USUAL)
              .run(what -> progress.show(LABELS + ", " + what));
      progress.clear();
      print(format == OutputFormat.json ? JsonText.of(report) : report.text());
    } catch (PolicyFileException e) {
      throw new BadInputException(String.valueOf(e.getMessage()), "give a whole binary policy");
    }
  }

  private void measureNic() {
    Progress progress = new Progress(spec.commandLine().getErr());
    try {
      NicReport report =
          (quick ? NicBench.QUICK : NicBench.USUAL).run(what -> progress.show(NIC + ", " + what));
      progress.clear();
      print(format == OutputFormat.json ? JsonText.of(report) : report.text());
    } catch (IOException e) {
      throw new BadInputException(String.valueOf(e.getMessage()), "install it, if it is missing");
    }
  }

  private void measure(Bench bench) {
    Progress progress = new Progress(spec.commandLine().getErr());
    BenchReport report = bench.run(Rounds.USUAL, what -> progress.show(bench.name() + ", " + what));
    progress.clear();
    print(format == OutputFormat.json ? JsonText.of(report) : report.text());
  }

  /** Each library in a process of its own, as it runs in a lab, which has only one. */
  private void measureEsp() throws IOException {
    Progress progress = new Progress(spec.commandLine().getErr());
    List<EspReport> parts = new ArrayList<>();
    for (CryptoChoice library : EspBench.present(crypto.choice())) {
      parts.add(here ? measureHere(library, progress) : measureApart(library, progress));
    }
    EspReport report = EspReport.together(parts);
    progress.clear();
    print(format == OutputFormat.json ? JsonText.of(report) : report.text());
  }

  private EspReport measureHere(CryptoChoice library, Progress progress) {
    EspBench bench = quick ? EspBench.quick(List.of(library)) : EspBench.usual(List.of(library));
    return bench.run(what -> progress.show(ESP + ", " + what));
  }

  private EspReport measureApart(CryptoChoice library, Progress progress) throws IOException {
    progress.show(ESP + ", --crypto " + library.word() + " in a process of its own");
    List<String> words = new ArrayList<>(List.of("bench", ESP, "--here", "--format", "json"));
    words.addAll(List.of("--crypto", library.word()));
    if (quick) {
      words.add("--quick");
    }
    return JsonText.read(FreshJvm.run(words), EspReport.class);
  }

  private void measureLabelled() {
    Progress progress = new Progress(spec.commandLine().getErr());
    Rounds rounds = quick ? Rounds.QUICK : Rounds.USUAL;
    LabelledReport report =
        new LabelledBench(crypto.choice(), rounds)
            .run(what -> progress.show(LABELLED + ", " + what));
    progress.clear();
    print(format == OutputFormat.json ? JsonText.of(report) : report.text());
  }

  private void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.println();
    out.flush();
  }
}
