package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/** The matches tcp, udp, sctp and dccp: ports, and TCP's flags. */
final class XtPortMatch implements XtExtension {
  private static final long SYN_MASK = 0x17;
  private static final long SYN = 0x02;

  private final int protocol;
  private final String name;
  private final int header;
  private final Field sourcePort;
  private final Field targetPort;
  private Match.@Nullable Compare source;
  private Match.@Nullable Compare target;
  private Match.@Nullable Compare flags;

  private XtPortMatch(int protocol, String name, int header, Field sourcePort, Field targetPort) {
    this.protocol = protocol;
    this.name = name;
    this.header = header;
    this.sourcePort = sourcePort;
    this.targetPort = targetPort;
  }

  static @Nullable XtPortMatch of(String name) {
    return switch (name) {
      case "tcp" -> new XtPortMatch(IpProtocol.TCP, name, 20, Field.TCP_SPORT, Field.TCP_DPORT);
      case "udp" -> new XtPortMatch(IpProtocol.UDP, name, 8, Field.UDP_SPORT, Field.UDP_DPORT);
      case "sctp" -> new XtPortMatch(IpProtocol.SCTP, name, 12, Field.SCTP_SPORT, Field.SCTP_DPORT);
      case "dccp" -> new XtPortMatch(IpProtocol.DCCP, name, 12, Field.DCCP_SPORT, Field.DCCP_DPORT);
      default -> null;
    };
  }

  @Override
  public List<String> options() {
    List<String> ports = List.of("source-port", "sport", "destination-port", "dport");
    List<String> more =
        switch (protocol) {
          case IpProtocol.TCP -> List.of("tcp-flags", "syn", "tcp-option");
          case IpProtocol.SCTP -> List.of("chunk-types");
          case IpProtocol.DCCP -> List.of("dccp-types", "dccp-option");
          default -> List.of();
        };
    List<String> all = new ArrayList<>(ports);
    all.addAll(more);
    return all;
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    switch (option) {
      case "source-port", "sport" -> source = ports(in, word, sourcePort, source, negated);
      case "destination-port", "dport" -> target = ports(in, word, targetPort, target, negated);
      case "tcp-flags" -> {
        once(in, word, flags);
        long mask = flags(in, in.value(word, "the flags to look at"));
        long set = flags(in, in.value(word, "the flags to look at and those that are set"));
        flags = new Match.Compare(Field.TCP_FLAGS, 0, mask, negated, Ranges.of(0, set));
      }
      case "syn" -> {
        once(in, word, flags);
        flags = new Match.Compare(Field.TCP_FLAGS, 0, SYN_MASK, negated, Ranges.of(0, SYN));
      }
      default -> throw in.wrong(word, word + " is not built", "match ports");
    }
  }

  private static Match.Compare ports(
      XtLine in, XtWord word, Field field, Match.@Nullable Compare before, boolean negated) {
    once(in, word, before);
    XtWord value = in.value(word, "a port or two with ':' between");
    Ranges ranges = new Ranges();
    ranges.add(XtValues.ports(in, value, value.text()));
    return Match.Compare.of(field, negated, ranges);
  }

  private static void once(XtLine in, XtWord word, Match.@Nullable Compare before) {
    if (before != null) {
      throw in.wrong(word, word + " stands twice in the rule", "use two rules, or -m multiport");
    }
  }

  private static long flags(XtLine in, XtWord word) {
    long flags = 0;
    for (String name : word.text().toUpperCase(Locale.ROOT).split(",", -1)) {
      flags |=
          switch (name) {
            case "FIN" -> 1;
            case "SYN" -> 2;
            case "RST" -> 4;
            case "PSH" -> 8;
            case "ACK" -> 16;
            case "URG" -> 32;
            case "ALL" -> 63;
            case "NONE" -> 0;
            default ->
                throw in.wrong(
                    word,
                    "'" + name + "' is no flag of TCP",
                    "use SYN, ACK, FIN, RST, URG, PSH, ALL or NONE");
          };
    }
    return flags;
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (!scope.only(protocol)) {
      throw in.wrong(word, "the match " + name + " needs '-p " + name + "'", "add it");
    }
    steps.add(new Match.Header(header));
    for (Match.Compare each : new Match.@Nullable Compare[] {source, target, flags}) {
      if (each != null) {
        steps.add(each);
      }
    }
  }
}
