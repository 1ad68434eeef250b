package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy transition}: the context of a new object. */
@Command(
    name = "transition",
    customSynopsis = "larval policy transition [OPTIONS] POLICY SOURCE TARGET CLASS",
    description = {"Answers which context a new object gets."},
    footer = {
      "",
      "Example: larval policy transition policy.33 system_u:system_r:init_t:s0"
          + " system_u:object_r:httpd_exec_t:s0 process"
    })
final class PolicyTransitionCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {3, 3};
  }

  @Override
  String form() {
    return "SOURCE TARGET CLASS";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.newContext("transition", given.get(0), given.get(1), given.get(2));
  }
}
