package org.larval.lab.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.larval.lab.file.PolicySource;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.PolicyFileException;
import org.larval.labels.policydb.PolicyReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code larval policy ...}: questions to a SELinux policy. */
@Command(
    name = "policy",
    description = {
      "Answers questions to a SELinux policy.",
      "",
      "POLICY is the kernel's binary policy, versions 24 to 35, as it is or packed by gzip: on a"
          + " machine with SELinux /etc/selinux/*/policy/policy.*. Or YAML, as docs/policy-file.md"
          + " describes it, in a file that ends in .yaml."
    },
    subcommands = {
      PolicyInfoCommand.class,
      PolicyMayCommand.class,
      PolicyWhyCommand.class,
      PolicyContextsCommand.class,
      PolicyTransitionCommand.class,
      PolicyMemberCommand.class,
      PolicyChangeCommand.class,
      PolicyDominatesCommand.class,
      PolicyPortsCommand.class,
      PolicyNetifCommand.class,
      PolicyNodeCommand.class,
      PolicySearchCommand.class,
      PolicyBooleansCommand.class,
      ReachCommand.class,
      PolicyAnswerCommand.class
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval policy info policy.33"})
final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Reads the policy that a subcommand was given. */
  static PolicyDb read(Path file) {
    if (file.toString().endsWith(".yaml")) {
      return PolicySource.read(file);
    }
    try {
      return PolicyReader.read(file);
    } catch (PolicyFileException problem) {
      throw new BadInputException(
          String.valueOf(problem.getMessage()), "give the binary policy of a kernel, undamaged");
    } catch (NoSuchFileException problem) {
      throw new BadInputException(file + ": there is no such file", "name a binary policy");
    } catch (IOException problem) {
      throw new BadInputException(
          file + ": the file cannot be read", "check its path and permissions");
    }
  }
}
