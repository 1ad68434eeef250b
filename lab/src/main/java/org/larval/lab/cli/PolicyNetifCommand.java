package org.larval.lab.cli;

import java.util.List;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import picocli.CommandLine.Command;

/** {@code larval policy netif}: the contexts of an interface. */
@Command(
    name = "netif",
    customSynopsis = "larval policy netif [OPTIONS] POLICY NAME",
    description = {"Answers the context of an interface, and that of what arrives on it."},
    footer = {"", "Example: larval policy netif policy.33 eth0"})
final class PolicyNetifCommand extends PolicyQuestion {
  @Override
  int[] count() {
    return new int[] {1, 1};
  }

  @Override
  String form() {
    return "NAME";
  }

  @Override
  PolicyAnswer answer(PolicyDesk desk, List<String> given) {
    return desk.netif(given.getFirst());
  }
}
