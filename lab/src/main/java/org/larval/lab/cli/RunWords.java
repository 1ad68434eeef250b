package org.larval.lab.cli;

import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.run.RunOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that every command that runs a lab takes. */
final class RunWords {
  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print tables (the default) or JSON.")
  OutputFormat format = OutputFormat.text;

  @Option(names = "--seed", paramLabel = "N", description = "Use another seed than the lab file's.")
  @Nullable Long seed;

  @Mixin private CryptoWord crypto = new CryptoWord();

  RunOptions options() {
    Long given = seed;
    if (given != null && given < 0) {
      throw new BadInputException("the seed " + given + " is negative", "give 0 or more");
    }
    RunOptions options = RunOptions.PLAIN.withCrypto(crypto.choice());
    return given == null ? options : options.withSeed(given);
  }

  boolean json() {
    return format == OutputFormat.json;
  }

  long seedOf(LabFile file) {
    Long given = seed;
    return given == null ? file.seed() : given;
  }
}
