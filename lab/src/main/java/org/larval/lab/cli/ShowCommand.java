package org.larval.lab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.larval.lab.report.JsonText;
import org.larval.lab.show.Show;
import org.larval.lab.show.ShowKeys;
import org.larval.lab.show.ShowReport;
import org.larval.lab.show.ShowText;
import org.larval.pcap.CaptureException;
import org.larval.pcap.CaptureReader;
import org.larval.xfrm.crypto.CryptoBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code larval show CAPTURE --xfrm FILE}: every packet with what is inside. */
@Command(
    name = "show",
    description = {
      "Prints every packet of a capture with what is inside of it; exit code 1 if a protected"
          + " packet cannot be verified.",
      "",
      "ESP, AH and IPComp are opened with the SAs of --xfrm, through bundles, nested tunnels and"
          + " UDP encapsulation. Replays are no failure here: a recorded packet fails only if its"
          + " check value, its format or its SA is missing or wrong.",
      "",
      "Totals: 'packets' are frames. 'protected' are packets with ESP, AH or IPComp; a bundle"
          + " counts once, and so does a packet that came in fragments, at the frame that completes"
          + " it. 'verified' are those that all their SAs opened. 'resealed' are those that could"
          + " be built again, and 'identical' those of them whose every layer, outer IP header"
          + " included, equals the captured bytes (of a packet in fragments: the packet put"
          + " together).",
      "",
      "Labels of CIPSO, CALIPSO and RIPSO options are decoded as they are on the wire. A label is"
          + " valid if the kernel would take it from a DOI that lists every tag it knows and passes"
          + " levels through; with --netlabel, if the DOIs of that file would. A local tag counts"
          + " as one that came by lo unless its frame has station addresses and its addresses are"
          + " not of 127.0.0.0/8.",
      "",
      "IKEv2 between ports 500 and 4500, and between others where the bytes leave no doubt, is read"
          + " payload by payload. --ikev2-table and --esp-sa take Wireshark's tables, --ike-keys"
          + " JSON with shared secrets and keys, which are derived again from the nonces and SPIs"
          + " of the capture. --psk and --ca verify every AUTH payload, which needs --ike-keys."
          + " Exit code 1 also if something stays encrypted that such keys were given for, a set of"
          + " keys comes out different, or an AUTH payload does not verify.",
      "",
      "Totals: 'ike' are messages, 'encrypted' those with SK or SKF payloads; 'key-sets' stand in"
          + " the file of --ike-keys; 'auth' are AUTH payloads that could be read; 'esp' are"
          + " packets of ESP, those in UDP too.",
      "",
      "From the capture --reseal takes only what a sender is free to choose: sequence number, IV,"
          + " IPv4 identification and TTL of a tunnel header, and how far its path let it fill up"
          + " to tfcpad."
    },
    subcommands = ShowNicCommand.class,
    mixinStandardHelpOptions = true,
    footer = {"", "Example: larval show capture.pcap --xfrm sas.txt --reseal"})
final class ShowCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1", // none with a subcommand
      paramLabel = "CAPTURE",
      description = "A pcap or pcapng file.")
  private @Nullable Path named;

  @Option(
      names = "--xfrm",
      paramLabel = "FILE",
      description =
          "Lines of 'ip xfrm state add', those of both ends if they differ; policies, comments and"
              + " other commands of ip are passed over. Or JSON with an array 'ip_commands'.")
  private @Nullable Path sas;

  @Option(
      names = "--reseal",
      description = "Build each opened packet again and compare it with the capture.")
  private boolean reseal;

  @Option(
      names = "--netlabel",
      paramLabel = "FILE",
      description =
          "Lines of netlabelctl, as in /etc/netlabel.rules: labels are checked against its DOIs.")
  private @Nullable Path rules;

  @Option(
      names = "--ikev2-table",
      paramLabel = "FILE",
      description = "Wireshark's ikev2_decryption_table: opens IKE.")
  private @Nullable Path ikeTable;

  @Option(
      names = "--esp-sa",
      paramLabel = "FILE",
      description = "Wireshark's esp_sa: opens ESP for which --xfrm has no SA.")
  private @Nullable Path espTable;

  @Option(
      names = "--ike-keys",
      paramLabel = "FILE",
      description =
          "JSON with arrays 'ike' and 'child' of logged keys: opens IKE and ESP, and derives every"
              + " set again.")
  private @Nullable Path ikeKeys;

  @Option(
      names = "--psk",
      paramLabel = "TEXT|0xHEX|0sBASE64|@FILE",
      description = "A preshared key, to verify AUTH payloads with; may be given several times.")
  private List<String> psks = List.of();

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "Certificates of authorities or of peers, or a raw public key, in PEM, to verify AUTH"
              + " payloads with; may be given several times.")
  private List<Path> authorities = List.of();

  @Option(
      names = "--ppk",
      paramLabel = "TEXT|0xHEX|0sBASE64|@FILE",
      description = "A postquantum preshared key (RFC 8784); may be given several times.")
  private List<String> ppks = List.of();

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "Print text (the default) or JSON, which ends with the totals.")
  private OutputFormat format = OutputFormat.text;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CaptureException {
    Path capture = named;
    if (capture == null) {
      throw new BadInputException(
          "Missing required parameter: 'CAPTURE'", "see 'larval show --help'");
    }
    if (reseal && sas == null) {
      throw new BadInputException(
          "--reseal needs SAs", "give --xfrm and a file of ip xfrm state add lines");
    }
    boolean verifies = !psks.isEmpty() || !authorities.isEmpty() || !ppks.isEmpty();
    if (verifies && ikeKeys == null) {
      throw new BadInputException(
          "--psk, --ca and --ppk need the keys of the IKE SAs", "give --ike-keys and a file");
    }
    ShowKeys keys = new ShowKeys(ikeTable, espTable, ikeKeys, psks, authorities, ppks);
    try (CaptureReader reader = open(capture)) {
      ShowReport report = Show.of(reader, sas, reseal, rules, keys, CryptoBackend.jce());
      PrintWriter out = spec.commandLine().getOut();
      out.print(format == OutputFormat.json ? JsonText.of(report) : ShowText.of(report));
      out.flush();
      if (report.damage() != null) {
        spec.commandLine().getErr().println("larval: " + report.damage());
        return Main.BAD_INPUT;
      }
      return Show.allWell(report, keys) ? Main.DONE : Main.NOT_MET;
    }
  }

  private CaptureReader open(Path capture) throws CaptureException {
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
}
