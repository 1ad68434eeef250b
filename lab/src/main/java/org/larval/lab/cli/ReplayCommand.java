package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.file.Units;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.ReplayReport;
import org.larval.lab.report.ReplayText;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.Replay;
import org.larval.lab.run.RunOptions;
import org.larval.pcap.CaptureException;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.Pace;
import org.larval.pcap.Replayer;
import org.larval.pcap.Rewrite;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval replay CAPTURE --lab LAB.yaml --from GUEST}: what each recorded packet meets. */
@Command(
    name = "replay",
    description = {
      "Sends a capture's frames from a guest of a lab and prints every frame's fate.",
      "",
      "As datagrams they enter the guest's stack as from a raw socket: route, IPsec policies,"
          + " hooks, with the guest's label. As frames they leave by its NIC as they are.",
      "",
      "A frame counts as delivered when another guest's stack took it past its inbound policy"
          + " check, even if no socket listened there; a fragment, when its datagram was put"
          + " together. Datagrams to the sending guest itself are skipped. The lab's own traffic"
          + " runs as well.",
      "",
      "A capture that is cut in the middle is sent up to there; the exit code is then 2."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: larval replay pcaps/samples/cipso-pass-tag1.pcap --lab examples/two-guests.yaml"
          + " --from a --map 10.9.0.1=10.0.0.1 --map 10.9.0.2=10.0.0.2"
    })
final class ReplayCommand implements Callable<Integer> {
  /** How {@code --form} is written. */
  enum FormWord {
    datagram,
    frame
  }

  @Parameters(paramLabel = "CAPTURE", description = "A pcap or pcapng file.")
  private Path capture = Path.of("capture.pcapng");

  @Option(names = "--lab", paramLabel = "LAB.yaml", required = true, description = "The lab file.")
  private Path lab = Path.of("lab.yaml");

  @Option(
      names = "--from",
      paramLabel = "GUEST",
      required = true,
      description = "Who sends; GUEST.NIC names the NIC that frames leave by, else its first.")
  private String from = "";

  @Option(
      names = "--pace",
      paramLabel = "original|xF|at-once",
      description =
          "With the capture's gaps (the default), with gaps F times as long, or all at once.")
  private String pace = "original";

  @Option(
      names = "--map",
      paramLabel = "OLD=NEW",
      description = "Rewrite an IP address; may be repeated.")
  private List<String> addresses = new ArrayList<>();

  @Option(
      names = "--mac",
      paramLabel = "OLD=NEW",
      description = "Rewrite a MAC address; may be repeated.")
  private List<String> stations = new ArrayList<>();

  @Option(
      names = "--form",
      paramLabel = "datagram|frame",
      description = "Into the guest's stack (the default), or straight out of its NIC.")
  private FormWord form = FormWord.datagram;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "When the first frame is sent, since the lab began: 0s by default.")
  private String start = "0s";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where 'pcap:' paths begin; the current directory by default.")
  private @Nullable Path captures;

  @Option(names = "--no-pcap", description = "Write no captures.")
  private boolean withoutCaptures;

  @Mixin private RunWords words = new RunWords();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CaptureException {
    LabFile file = LabFileReader.read(lab);
    RunOptions options = words.options();
    if (!withoutCaptures) {
      Path under = captures;
      options = options.capturing(under == null ? Path.of("") : under);
    }
    Pace speed = pace(pace);
    Rewrite rewrite = rewrite();
    long moment = start();
    LabFile.Guest guest = guest(file);
    int nic = nic(guest);
    try (CaptureReader reader = open();
        LabRun run =
            LabRun.start(
                file,
                options,
                new Replay(reader, guest.name(), nic, form(), speed, rewrite, moment))) {
      return print(run.replayReport());
    }
  }

  private int print(ReplayReport report) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(words.json() ? JsonText.of(report) : ReplayText.of(report));
    out.flush();
    ReplayReport.Damage damage = report.damage();
    if (damage != null) {
      spec.commandLine().getErr().println("larval: " + damage.line());
      return Main.BAD_INPUT;
    }
    return report.run().met() ? Main.DONE : Main.NOT_MET;
  }

  private CaptureReader open() throws CaptureException {
    try {
      return CaptureReader.open(capture);
    } catch (CaptureException problem) {
      throw problem;
    } catch (NoSuchFileException problem) {
      throw new BadInputException(
          capture + ": there is no such file", "name a pcap or pcapng file");
    } catch (IOException problem) {
      throw new BadInputException(
          capture + ": the file cannot be read", "check its path and permissions");
    }
  }

  private Replayer.Form form() {
    return switch (form) {
      case datagram -> Replayer.Form.DATAGRAM;
      case frame -> Replayer.Form.FRAME;
    };
  }

  // --- words of the command line ---

  private LabFile.Guest guest(LabFile file) {
    int dot = from.indexOf('.');
    LabFile.Guest guest = file.guests().get(dot < 0 ? from : from.substring(0, dot));
    if (guest == null) {
      throw new BadInputException(
          "--from: there is no guest '" + from + "' in " + lab,
          "the guests are " + String.join(", ", file.guests().keySet()));
    }
    return guest;
  }

  private int nic(LabFile.Guest guest) {
    List<String> names = guest.nics().stream().map(LabFile.Nic::name).toList();
    int dot = from.indexOf('.');
    int nic = dot < 0 ? 0 : names.indexOf(from.substring(dot + 1));
    if (nic < 0) {
      throw new BadInputException(
          "--from: guest '" + guest.name() + "' has no NIC '" + from.substring(dot + 1) + "'",
          "it has " + String.join(", ", names));
    }
    return nic;
  }

  private static Pace pace(String text) {
    if (text.equals("original")) {
      return Pace.ORIGINAL;
    }
    if (text.equals("at-once")) {
      return Pace.AT_ONCE;
    }
    if (text.matches("x[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      double factor = Double.parseDouble(text.substring(1));
      if (factor > 0) {
        return new Pace.Scaled(factor);
      }
    }
    throw new BadInputException(
        "--pace: '" + text + "' is not a pace", "write original, at-once, or a factor like x2.5");
  }

  private long start() {
    try {
      return Units.duration(start);
    } catch (IllegalArgumentException problem) {
      throw new BadInputException(
          "--start: '" + start + "' is not a duration", "write one like 2s");
    }
  }

  private Rewrite rewrite() {
    Map<IpAddress, IpAddress> ips =
        pairs("--map", addresses, IpAddress::parse, "10.9.0.1=10.0.0.1");
    Map<MacAddress, MacAddress> macs =
        pairs("--mac", stations, MacAddress::parse, "02:00:00:00:00:01=02:00:00:00:00:02");
    try {
      return Rewrite.of(ips, macs);
    } catch (IllegalArgumentException problem) {
      throw new BadInputException(
          "--map: " + problem.getMessage(), "map IPv4 to IPv4 and IPv6 to IPv6");
    }
  }

  private static <T> Map<T, T> pairs(
      String option, List<String> texts, Function<String, T> parse, String example) {
    Map<T, T> pairs = new LinkedHashMap<>();
    for (String text : texts) {
      int sign = text.indexOf('=');
      T old;
      T other;
      try {
        old = parse.apply(text.substring(0, Math.max(0, sign)));
        other = parse.apply(text.substring(sign + 1));
      } catch (IllegalArgumentException problem) {
        throw new BadInputException(
            option + ": '" + text + "' is not a pair of addresses", "write one like " + example);
      }
      if (pairs.put(old, other) != null) {
        throw new BadInputException(
            option + ": " + old + " is mapped twice", "keep one of the two");
      }
    }
    return pairs;
  }
}
