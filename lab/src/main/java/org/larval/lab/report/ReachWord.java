package org.larval.lab.report;

import java.util.List;
import org.larval.lab.reach.ReachReport;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Pair;

/** What stands in the cells of a reach matrix, and what it means. */
enum ReachWord {
  CLEAR("clear", "the packet goes as it is; its sender's label does not travel"),
  ASSOCIATION("association", "labeled IPsec; the receiver knows the sender's label"),
  IPSEC("ipsec", "IPsec without labels; the receiver sees an unlabeled peer"),
  PERMISSIVE("permissive", "the policy denies it, but nobody enforces that"),
  NO_WAY("no way", "no links, routes or common address family join them"),
  XFRM_POLICY("xfrm policy", "the receiver's IPsec policy drops what comes in clear"),
  PACKET("packet", "the mark that secmark rules give"),
  PEER("peer", "the sender's label, against the receiver's"),
  NETIF("netif", "the label of an interface"),
  NODE("node", "the label of an address"),
  LABELED_SA("association:", "use of labeled IPsec");

  private final String text;
  private final String sentence;

  ReachWord(String text, String sentence) {
    this.text = text;
    this.sentence = sentence;
  }

  String text() {
    return this == LABELED_SA ? "association" : text;
  }

  String sentence() {
    return sentence;
  }

  /** Whether a cell of the matrix has it. */
  boolean occurs(ReachReport report) {
    List<Pair> pairs = report.pairs();
    return switch (this) {
      case CLEAR, ASSOCIATION, IPSEC ->
          pairs.stream()
              .flatMap(pair -> pair.paths().stream())
              .anyMatch(path -> path.inLab() && path.open() && text.equals(path.name()));
      case PERMISSIVE -> pairs.stream().anyMatch(Pair::onlyPermissive);
      case NO_WAY, XFRM_POLICY ->
          pairs.stream().anyMatch(pair -> text.equals(ReachMatrix.cell(pair)));
      case PACKET, PEER, NETIF, NODE -> stops(pairs, text);
      case LABELED_SA -> stops(pairs, "association") && !ASSOCIATION.occurs(report);
    };
  }

  private static boolean stops(List<Pair> pairs, String securityClass) {
    for (Pair pair : pairs) {
      Check stop = pair.stoppedBy();
      if (stop != null && stop.securityClass().equals(securityClass)) {
        return true;
      }
    }
    return false;
  }
}
