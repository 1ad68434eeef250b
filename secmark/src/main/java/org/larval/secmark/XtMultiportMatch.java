package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import org.larval.wire.IpProtocol;

/** The match multiport: several ports at once, of whatever protocol has ports. */
final class XtMultiportMatch implements XtExtension {
  /** A range counts for two (XT_MULTI_PORTS). */
  private static final int MAX_PORTS = 15;

  private final List<Match.Compare> either = new ArrayList<>();
  private boolean inverted;

  @Override
  public List<String> options() {
    return List.of("source-ports", "sports", "destination-ports", "dports", "ports");
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    if (!either.isEmpty()) {
      throw in.wrong(word, "multiport takes one of its options", "use -m multiport once more");
    }
    XtWord value = in.value(word, "ports with commas between");
    Ranges ranges = new Ranges();
    int count = 0;
    for (String part : value.text().split(",", -1)) {
      count += part.indexOf(':') < 0 ? 1 : 2;
      ranges.add(XtValues.ports(in, value, part));
    }
    if (count > MAX_PORTS) {
      throw in.wrong(value, "multiport takes at most 15 ports, a range being two", "use two rules");
    }
    inverted = negated;
    if (!option.startsWith("d")) {
      either.add(Match.Compare.of(Field.TH_SPORT, false, ranges));
    }
    if (!option.startsWith("s")) {
      either.add(Match.Compare.of(Field.TH_DPORT, false, ranges));
    }
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (either.isEmpty()) {
      throw in.wrong(word, "multiport has no ports", "add --sports, --dports or --ports");
    }
    boolean ports =
        switch (scope.protocol()) {
          case IpProtocol.TCP,
              IpProtocol.UDP,
              IpProtocol.UDPLITE,
              IpProtocol.SCTP,
              IpProtocol.DCCP ->
              !scope.protocolNegated();
          default -> false;
        };
    if (!ports) {
      throw in.wrong(word, "multiport needs a protocol with ports", "add '-p tcp' or the like");
    }
    steps.add(new Match.Header(4));
    if (either.size() == 1) {
      Match.Compare only = either.getFirst();
      steps.add(Match.Compare.of(only.field(), inverted, only.values()));
    } else {
      steps.add(new Match.Either(List.copyOf(either), inverted));
    }
  }
}
