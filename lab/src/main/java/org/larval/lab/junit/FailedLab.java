package org.larval.lab.junit;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Link;
import org.larval.lab.report.Walk;
import org.larval.lab.run.FlowAccount;
import org.larval.lab.run.FlowAccount.Fate;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.xfrm.SaMissPolicy;

/**
 * What a failing test prints, in one block: the seed, the lab file, the command that repeats it,
 * the walk of the first message that was not delivered, and where the captures are. For the last
 * two the lab runs again.
 */
final class FailedLab {
  private static final String RULE = "-".repeat(78) + "\n";

  private final LabSource source;
  private final RunOptions options;
  private final StringBuilder text = new StringBuilder();

  private FailedLab(LabSource source, RunOptions options) {
    this.source = source;
    this.options = options;
  }

  /** A message by its flow and number. */
  private record Message(int flow, int number, boolean delivered) {}

  static void print(
      String test, LabSource source, RunOptions options, LabRun run, PrintStream err) {
    FailedLab failed = new FailedLab(source, options);
    failed.describe(test, run);
    err.print(failed.text);
    err.flush();
  }

  private void describe(String test, LabRun run) {
    text.append(RULE).append("larval: lab test ").append(test).append(" failed\n");
    line("seed", Long.toString(run.seed()));
    line("lab", source.path());
    Message message = choose(run);
    line("again", command(run, message));
    try {
      again(test, message);
    } catch (RuntimeException problem) {
      line("walk", "none: the second run failed with " + problem);
    }
    text.append(RULE);
  }

  private void line(String what, String value) {
    text.append(what).append(": ").append(value).append('\n');
  }

  private String command(LabRun run, Message message) {
    SaMissPolicy miss = options.saMiss();
    return "./larval explain "
        + source.path()
        + " --flow "
        + message.flow()
        + " --message "
        + message.number()
        + " --seed "
        + run.seed()
        + (miss == null ? "" : " --sa-miss " + miss.name());
  }

  /** The first message that was not delivered; if all were, the one that took longest. */
  private static Message choose(LabRun run) {
    Message slowest = new Message(1, 0, true);
    long longest = -1;
    for (FlowAccount flow : run.ledger().flows()) {
      for (int i = 0; i < flow.offered(); i++) {
        if (flow.fate(i) != Fate.DELIVERED) {
          return new Message(flow.number(), i, false);
        }
        if (flow.latency(i) > longest) {
          longest = flow.latency(i);
          slowest = new Message(flow.number(), i, true);
        }
      }
    }
    return slowest;
  }

  private void again(String test, Message message) {
    Path directory = Path.of("target", "larval", test.replaceAll("[^A-Za-z0-9._-]", "_"));
    LabRun second =
        LabRun.run(
            withCaptures(source.file()),
            options.following(message.flow(), message.number()).capturing(directory));
    if (message.flow() <= second.ledger().flows().size()
        && message.number() < second.ledger().flow(message.flow()).offered()) {
      line(
          "walk",
          message.delivered()
              ? "every message was delivered; this one took longest"
              : "the first message that was not delivered");
      text.append(Walk.of(second, message.flow(), message.number()).text());
    } else {
      line("walk", "none: no message was offered");
    }
    line("capture", String.join(", ", second.report().files()));
  }

  /** The lab with a capture on every link that has none. */
  private static LabFile withCaptures(LabFile file) {
    List<Link> links = new ArrayList<>();
    for (Link link : file.links()) {
      links.add(
          link.capture() == null
              ? new Link(
                  link.where(), link.a(), link.b(), link.impairments(), link.label() + ".pcapng")
              : link);
    }
    return new LabFile(
        file.where(),
        file.name(),
        file.description(),
        file.seed(),
        file.realTime(),
        file.until(),
        file.policy(),
        file.svirt(),
        file.guests(),
        file.bridges(),
        links,
        file.protections(),
        file.keys(),
        file.traffic(),
        file.changes(),
        file.expectations(),
        file.comparison());
  }
}
