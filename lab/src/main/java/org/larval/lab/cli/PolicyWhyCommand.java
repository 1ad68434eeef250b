package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy why}: the same with every reason and what would permit it. */
@Command(
    name = "why",
    customSynopsis = "larval policy why [OPTIONS] POLICY SOURCE TARGET CLASS [PERMISSION...]",
    description = {
      "Explains what a source may do to a target: the rules that allow it, or every reason why not,"
          + " the deciding one first, and the smallest change that would permit it."
    },
    footer = {
      "",
      "Example: larval policy why policy.33 system_u:system_r:httpd_t:s0"
          + " system_u:object_r:unlabeled_t:s0 packet recv"
    })
final class PolicyWhyCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {3, Integer.MAX_VALUE};
  }

  @Override
  String form() {
    return "SOURCE TARGET CLASS [PERMISSION...]";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.why(given.get(0), given.get(1), given.get(2), rest(given, 3));
  }

  @Override
  boolean explains() {
    return true;
  }
}
