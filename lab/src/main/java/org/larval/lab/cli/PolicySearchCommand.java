package org.larval.lab.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.policy.PolicyAnswer;
import org.larval.lab.policy.PolicyDesk;
import org.larval.lab.policy.RuleSearch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code larval policy search}: rules by what they say. */
@Command(
    name = "search",
    customSynopsis = "larval policy search [OPTIONS] POLICY",
    description = {
      "Prints the rules that fit, those switched off too: each with its booleans and whether it is"
          + " in force. What is not asked for may be anything."
    },
    footer = {
      "",
      "Example: larval policy search policy.33 --source svirt_t --class packet --perm send"
    })
final class PolicySearchCommand extends PolicyQuestion {
  @Option(names = "--source", paramLabel = "TYPE", description = "A type or attribute.")
  private @Nullable String source;

  @Option(names = "--target", paramLabel = "TYPE", description = "A type or attribute.")
  private @Nullable String target;

  @Option(names = "--class", paramLabel = "CLASS", description = "A class of objects.")
  private @Nullable String tclass;

  @Option(
      names = "--perm",
      paramLabel = "PERMISSION",
      description = "Rules with this permission, or one of several.")
  private List<String> permissions = new ArrayList<>();

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description =
          "allow, auditallow, dontaudit, type_transition, type_member or type_change; may be"
              + " repeated.")
  private List<String> kinds = new ArrayList<>();

  @Option(
      names = "--direct",
      description = "Only rules that name the type or attribute itself, not by what it has.")
  private boolean direct;

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
    List<String> known =
        List.of(
            "allow", "auditallow", "dontaudit", "type_transition", "type_member", "type_change");
    for (String kind : kinds) {
      if (!known.contains(kind)) {
        throw new BadInputException(
            "--kind is '" + kind + "'", "write one of " + String.join(", ", known));
      }
    }
    return desk.search(
        new RuleSearch(
            new LinkedHashSet<>(kinds), source, target, tclass, List.copyOf(permissions), direct));
  }
}
