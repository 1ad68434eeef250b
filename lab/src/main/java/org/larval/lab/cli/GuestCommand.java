package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Units;
import org.larval.lab.report.GuestReport;
import org.larval.lab.report.JsonText;
import org.larval.lab.run.GuestProcess;
import org.larval.lab.run.RunOptions;
import org.larval.nic.MalformedNetfile;
import org.larval.nic.NetfileFlaw;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code larval guest}: our guest stack in a process of its own, on a netfile. */
@Command(
    name = "guest",
    description = {
      "Runs one guest in this process, on the guest's end of a netfile.",
      "",
      "It may start before or after the lab, and be killed and started again. Without --for it ends"
          + " when everything is sent, or, if it serves others, at Ctrl-C or SIGTERM."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: larval guest --netfile c.nic --address 10.0.0.3/24 --ping 10.0.0.1 --count 5"
    })
final class GuestCommand implements Callable<Integer> {
  private static final long MILLISECOND = 1_000_000L;

  /** How often it looks whether a lab has made the file, and whether it is done. */
  private static final long LOOK = 20;

  @Option(names = "--netfile", paramLabel = "FILE", required = true, description = "The NIC.")
  private Path netfile = Path.of("");

  @Option(
      names = "--address",
      paramLabel = "ADDR/LEN",
      required = true,
      description = "An address with its prefix length; may be given again.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "--gateway", paramLabel = "ADDR", description = "The default route.")
  private @Nullable String gateway;

  @Option(names = "--ping", paramLabel = "ADDR", description = "Ping this; may be given again.")
  private List<String> pings = new ArrayList<>();

  @Option(
      names = "--udp",
      paramLabel = "ADDR:PORT",
      description = "Send datagrams to be echoed; may be given again.")
  private List<String> datagrams = new ArrayList<>();

  @Option(names = "--count", paramLabel = "N", description = "How many; 4 by default.")
  private int count = 4;

  @Option(names = "--every", paramLabel = "T", description = "How often; 1s by default.")
  private String every = "1s";

  @Option(
      names = "--send",
      paramLabel = "BYTES",
      description = "Send so much over TCP to each --to, e.g. 10MB.")
  private @Nullable String bytes;

  @Option(names = "--to", paramLabel = "ADDR:PORT", description = "Where; may be given again.")
  private List<String> sends = new ArrayList<>();

  @Option(
      names = "--serve-tcp",
      paramLabel = "PORT",
      description = "Read all that comes over TCP and throw it away; may be given again.")
  private List<Integer> readsTcp = new ArrayList<>();

  @Option(
      names = "--udp-echo",
      paramLabel = "PORT",
      description = "Send datagrams back; may be given again.")
  private List<Integer> echoesUdp = new ArrayList<>();

  @Option(names = "--for", paramLabel = "T", description = "End after this time, e.g. 30s.")
  private @Nullable String lasts;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or JSON.")
  private OutputFormat format = OutputFormat.text;

  @Mixin private CryptoWord crypto = new CryptoWord();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    GuestProcess.Task task = task();
    PrintWriter err = spec.commandLine().getErr();
    try (Ending ending = Ending.onSignal();
        GuestProcess guest = attach(task, ending, err)) {
      if (guest == null) {
        return ending.done(Main.DONE);
      }
      err.println("larval guest: " + String.join(", ", addresses) + " is up on " + netfile);
      boolean told = false;
      while (!ending.asked() && !guest.over()) {
        guest.runFor(LOOK * MILLISECOND);
        if (!told && guest.done()) {
          told = true;
          err.println("larval guest: all is sent");
        }
      }
      GuestReport report = guest.stop();
      PrintWriter out = spec.commandLine().getOut();
      out.print(format == OutputFormat.json ? JsonText.of(report) : report.text());
      out.flush();
      return ending.done(complete(report) ? Main.DONE : Main.NOT_MET);
    } catch (IllegalArgumentException problem) {
      throw new BadInputException(String.valueOf(problem.getMessage()), "give another");
    }
  }

  /** Waits until there is a netfile; null if it is told to end before. */
  private @Nullable GuestProcess attach(GuestProcess.Task task, Ending ending, PrintWriter err) {
    boolean told = false;
    do {
      try {
        return GuestProcess.start(task, RunOptions.PLAIN.withCrypto(crypto.choice()));
      } catch (IOException problem) {
        boolean soon =
            problem instanceof NoSuchFileException
                || (problem instanceof MalformedNetfile malformed
                    && malformed.flaw() == NetfileFlaw.NOT_FORMATTED);
        if (!soon) {
          throw new BadInputException(
              "the netfile cannot be used: " + problem.getMessage(),
              "name one that a lab has made, and that no other guest uses");
        }
      }
      if (!told) {
        err.println("larval guest: waiting for a lab to make " + netfile);
        told = true;
      }
    } while (!ending.await(LOOK));
    return null;
  }

  /** All that was to be sent was answered. */
  private static boolean complete(GuestReport report) {
    return report.nic().fault() == null
        && report.flows().stream().allMatch(flow -> flow.delivered() == flow.offered());
  }

  private GuestProcess.Task task() {
    String size = bytes;
    if ((size == null) != sends.isEmpty()) {
      throw new BadInputException(
          "--send and --to go together", "e.g. --send 10MB --to 10.0.0.1:5001");
    }
    if (count < 1) {
      throw new BadInputException("--count " + count + " is too few", "give 1 or more");
    }
    String limit = lasts;
    boolean serves = !readsTcp.isEmpty() || !echoesUdp.isEmpty();
    boolean idle = pings.isEmpty() && datagrams.isEmpty() && sends.isEmpty();
    long end =
        limit != null ? parsed(limit, Units::duration) : serves || idle ? Long.MAX_VALUE : -1;
    String via = gateway;
    return new GuestProcess.Task(
        netfile,
        addresses.stream().map(text -> parsed(text, Prefix::parse)).toList(),
        via == null ? null : parsed(via, IpAddress::parse),
        pings.stream().map(text -> parsed(text, IpAddress::parse)).toList(),
        datagrams.stream().map(text -> parsed(text, GuestCommand::target)).toList(),
        count,
        Math.max(1, parsed(every, Units::duration)),
        sends.stream().map(text -> parsed(text, GuestCommand::target)).toList(),
        size == null ? 0 : parsed(size, Units::bytes),
        readsTcp,
        echoesUdp,
        end);
  }

  private static GuestProcess.Target target(String text) {
    int colon = text.lastIndexOf(':');
    int port = colon < 0 ? 0 : port(text.substring(colon + 1));
    String host = text.substring(0, Math.max(0, colon));
    if (port < 1 || port > 0xffff) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an address with a port; write one like 10.0.0.1:5001");
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    return new GuestProcess.Target(
        IpAddress.parse(bracketed ? host.substring(1, host.length() - 1) : host), port);
  }

  private static int port(String digits) {
    return digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
  }

  private static <T> T parsed(String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException problem) {
      String message = String.valueOf(problem.getMessage());
      int semicolon = message.lastIndexOf(';');
      throw semicolon < 0
          ? new BadInputException(message, "correct it")
          : new BadInputException(
              message.substring(0, semicolon), message.substring(semicolon + 1).strip());
    }
  }
}
