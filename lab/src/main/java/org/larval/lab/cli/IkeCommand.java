package org.larval.lab.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code larval ike}: the key manager against a real peer. */
@Command(
    name = "ike",
    description = {
      "Runs our IKEv2 on real sockets, and talks to it while it runs.",
      "",
      "'up' reads a file (docs/ike-file.md, or a swanctl.conf of strongSwan) and runs in the"
          + " foreground: IKE on UDP 500 and 4500, ESP between a TUN device and UDP. The other"
          + " commands find it by the same --config, beside which its socket stands, or by"
          + " --socket."
    },
    subcommands = {
      IkeUpCommand.class,
      IkeAskCommand.Initiate.class,
      IkeAskCommand.Rekey.class,
      IkeAskCommand.Reauth.class,
      IkeAskCommand.Terminate.class,
      IkeAskCommand.Status.class,
      IkeLogCommand.class,
      IkeAskCommand.Down.class
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval ike up --config examples/ike/gateway.yaml"})
final class IkeCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
