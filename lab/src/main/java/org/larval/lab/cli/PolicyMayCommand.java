package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy may}: whether the one may do it to the other. */
@Command(
    name = "may",
    customSynopsis = "larval policy may [OPTIONS] POLICY SOURCE TARGET CLASS [PERMISSION...]",
    description = {
      "Answers whether a source may do something to a target; exit code 1 if not. Without"
          + " permissions all that the class has are asked."
    },
    footer = {
      "",
      "Example: larval policy may policy.33 system_u:system_r:httpd_t:s0"
          + " system_u:object_r:port_t:s0 tcp_socket name_bind"
    })
final class PolicyMayCommand extends PolicyQuestion {
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
    return desk.may(given.get(0), given.get(1), given.get(2), rest(given, 3));
  }
}
