package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy ports}: the context of a port. */
@Command(
    name = "ports",
    customSynopsis = "larval policy ports [OPTIONS] POLICY PROTOCOL PORT",
    description = {"Answers the context of a port."},
    footer = {"", "Example: larval policy ports policy.33 tcp 443"})
final class PolicyPortsCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {2, 2};
  }

  @Override
  String form() {
    return "PROTOCOL PORT";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.port(given.get(0), given.get(1));
  }
}
