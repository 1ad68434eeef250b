package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy dominates}: how two levels stand. */
@Command(
    name = "dominates",
    customSynopsis = "larval policy dominates [OPTIONS] POLICY LEVEL LEVEL",
    description = {
      "Answers which of two levels dominates the other, and what each lacks to do so."
    },
    footer = {"", "Example: larval policy dominates policy.33 s0:c1,c2 s0:c3"})
final class PolicyDominatesCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {2, 2};
  }

  @Override
  String form() {
    return "LEVEL LEVEL";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.dominates(given.get(0), given.get(1));
  }
}
