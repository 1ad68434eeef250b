package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy node}: the context of an address. */
@Command(
    name = "node",
    customSynopsis = "larval policy node [OPTIONS] POLICY ADDRESS",
    description = {"Answers the context of an IPv4 or IPv6 address."},
    footer = {"", "Example: larval policy node policy.33 2001:db8::1"})
final class PolicyNodeCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {1, 1};
  }

  @Override
  String form() {
    return "ADDRESS";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.node(given.getFirst());
  }
}
