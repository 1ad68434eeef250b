package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy booleans}: all booleans. */
@Command(
    name = "booleans",
    customSynopsis = "larval policy booleans [OPTIONS] POLICY",
    description = {"Prints all booleans as they stand, those set by --boolean included."},
    footer = {"", "Example: larval policy booleans policy.33"})
final class PolicyBooleansCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {0, 0};
  }

  @Override
  String form() {
    return "";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.booleans();
  }
}
