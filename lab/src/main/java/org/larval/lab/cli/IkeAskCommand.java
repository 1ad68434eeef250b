package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.ike.ControlClient;
import org.larval.lab.ike.IkeReport;
import org.larval.lab.ike.IkeRequest;
import org.larval.lab.report.JsonText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A command that asks the daemon for one thing. */
abstract class IkeAskCommand implements Callable<Integer> {
  private static final int MOST_SECONDS = 3600;

  @Mixin private IkeWords words = new IkeWords();

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or one line of JSON.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  final int ask(IkeRequest.Verb verb, @Nullable What what) {
    try {
      String connection = what == null ? null : what.connection;
      int wait = what == null ? 0 : what.seconds;
      if (wait < 0 || wait > MOST_SECONDS) {
        throw new BadInputException("--wait " + wait, "give 0 to 3600 seconds");
      }
      IkeReport report =
          ControlClient.ask(
              words.socket(),
              new IkeRequest(verb, connection, what == null ? null : what.child, wait * 1000L));
      PrintWriter out = spec.commandLine().getOut();
      out.print(format == OutputFormat.json ? JsonText.line(report) : ControlClient.text(report));
      out.flush();
      return report.done() ? Main.DONE : Main.NOT_MET;
    } catch (IOException problem) {
      throw new BadInputException(
          "no daemon answers at " + words.socket(), "start one with 'larval ike up'");
    }
  }

  /** What a request is about. */
  static final class What {
    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "CONNECTION",
        description = "Name of the connection; the only one if there is one, with its first child.")
    private @Nullable String connection;

    @Option(
        names = "--child",
        paramLabel = "NAME",
        description = "Name of the child; the IKE SA itself without.")
    private @Nullable String child;

    @Option(
        names = "--wait",
        paramLabel = "SECONDS",
        description = "How long to wait until it is so; 30 by default, 0 for not at all.")
    private int seconds = 30;
  }

  /** {@code larval ike initiate}. */
  @Command(
      name = "initiate",
      description = "Begins a child with the IKE SA that it needs, or an IKE SA alone.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike initiate --config gw.yaml gw --child net"})
  static final class Initiate extends IkeAskCommand {
    @Mixin private What what = new What();

    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.INITIATE, what);
    }
  }

  /** {@code larval ike rekey}. */
  @Command(
      name = "rekey",
      description = "Replaces the SAs of a child, or the IKE SA, by new ones with new keys.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike rekey --config gw.yaml gw --child net"})
  static final class Rekey extends IkeAskCommand {
    @Mixin private What what = new What();

    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.REKEY, what);
    }
  }

  /** {@code larval ike reauth}. */
  @Command(
      name = "reauth",
      description = "Authenticates again, with a new IKE SA and new children.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike reauth --config gw.yaml gw"})
  static final class Reauth extends IkeAskCommand {
    @Mixin private What what = new What();

    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.REAUTH, what);
    }
  }

  /** {@code larval ike terminate}. */
  @Command(
      name = "terminate",
      description = "Deletes a child, or the IKE SA with all its children.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike terminate --config gw.yaml gw --child net"})
  static final class Terminate extends IkeAskCommand {
    @Mixin private What what = new What();

    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.TERMINATE, what);
    }
  }

  /** {@code larval ike status}. */
  @Command(
      name = "status",
      description = "Prints the IKE SAs with their children.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike status --config gw.yaml --format json"})
  static final class Status extends IkeAskCommand {
    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.STATUS, null);
    }
  }

  /** {@code larval ike down}. */
  @Command(
      name = "down",
      description = "Deletes all SAs and ends the daemon.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: larval ike down --config gw.yaml"})
  static final class Down extends IkeAskCommand {
    @Override
    public Integer call() {
      return ask(IkeRequest.Verb.DOWN, null);
    }
  }
}
