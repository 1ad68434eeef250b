package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy change}: the context of an object that is relabeled. */
@Command(
    name = "change",
    customSynopsis = "larval policy change [OPTIONS] POLICY SOURCE TARGET CLASS",
    description = {"Answers which context an object that is relabeled gets."},
    footer = {
      "",
      "Example: larval policy change policy.33 system_u:system_r:init_t:s0"
          + " system_u:object_r:httpd_exec_t:s0 process"
    })
final class PolicyChangeCommand extends PolicyQuestion {
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
    return desk.newContext("change", given.get(0), given.get(1), given.get(2));
  }
}
