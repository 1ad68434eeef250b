package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy contexts}: whether a context may exist. */
@Command(
    name = "contexts",
    customSynopsis = "larval policy contexts [OPTIONS] POLICY CONTEXT",
    description = {
      "Answers whether a context may exist in the policy, with its canonical text, or which part is"
          + " wrong."
    },
    footer = {
      "",
      "Example: larval policy contexts policy.33 system_u:system_r:httpd_t:s0:c2,c0,c1"
    })
final class PolicyContextsCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {1, 1};
  }

  @Override
  String form() {
    return "CONTEXT";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.contexts(given.getFirst());
  }
}
