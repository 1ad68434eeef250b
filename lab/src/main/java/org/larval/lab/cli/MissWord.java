package org.larval.lab.cli;

import org.jspecify.annotations.Nullable;
import org.larval.lab.run.RunOptions;
import org.larval.xfrm.SaMissPolicy;
import picocli.CommandLine.Option;

/** The option that puts all guests under one SA-miss policy. */
final class MissWord {
  @Option(
      names = "--sa-miss",
      paramLabel = "NAME",
      description = "Put all guests under this SA-miss preset.")
  private @Nullable String name;

  RunOptions onto(RunOptions options) {
    String given = name;
    if (given == null) {
      return options;
    }
    SaMissPolicy policy = SaMissPolicy.named(given);
    if (policy == null) {
      throw new BadInputException(
          "there is no SA-miss policy '" + given + "'",
          "the presets are "
              + String.join(", ", SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name).toList()));
    }
    return options.forCell(policy, options.answerAfter(), options.onlyFlow());
  }
}
