package org.larval.lab.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.reach.ReachReport;
import org.larval.lab.reach.ReachReport.Check;
import org.larval.lab.reach.ReachReport.Pair;
import org.larval.lab.reach.ReachReport.Path;
import org.larval.lab.reach.ReachReport.Subject;

/** A {@link ReachReport} as a square: rows reach columns. Text and page print the same words. */
final class ReachMatrix {
  private final ReachReport report;
  private final Map<Key, Pair> pairs = new LinkedHashMap<>();
  private final Set<Key> found = new HashSet<>();

  private record Key(String from, String to) {}

  ReachMatrix(ReachReport report) {
    this.report = report;
    report.pairs().forEach(pair -> pairs.put(new Key(pair.from(), pair.to()), pair));
    report.findings().forEach(finding -> found.add(new Key(finding.from(), finding.to())));
  }

  List<String> names() {
    return report.subjects().stream().map(Subject::name).toList();
  }

  /** Null for two labels of one guest. */
  @Nullable Pair pair(String from, String to) {
    return pairs.get(new Key(from, to));
  }

  /** Whether there is a finding about the pair. */
  boolean found(Pair pair) {
    return found.contains(new Key(pair.from(), pair.to()));
  }

  /** What a cell says. */
  String cell(String from, String to) {
    Pair pair = pair(from, to);
    return pair == null ? "." : cell(pair);
  }

  static String cell(Pair pair) {
    if (!pair.connected()) {
      return "no way";
    }
    if (pair.reaches()) {
      return "OPEN " + paths(pair) + (pair.onlyPermissive() ? ", permissive" : "");
    }
    Check stop = pair.stoppedBy();
    return stop == null ? "xfrm policy" : stop.name();
  }

  /** The kinds of open paths, with protocols where they are for some only. */
  private static String paths(Pair pair) {
    Map<String, String> names = new LinkedHashMap<>();
    for (Path path : pair.paths()) {
      if (path.inLab() && path.open() && path.onlyPermissive() == pair.onlyPermissive()) {
        boolean any = path.protocols().equals("any");
        String words = path.name() + (any ? "" : " (" + path.protocols() + ")");
        names.merge(path.name(), words, (old, found) -> any ? found : old);
      }
    }
    return String.join(", ", names.values());
  }

  /** Why a pair is closed, or null. */
  static @Nullable String closed(Pair pair) {
    Check stop = pair.stoppedBy();
    return stop == null ? null : stop.name() + " is denied: " + stop.why();
  }

  /** Whom a compromised guest reaches. */
  String reached(String from) {
    List<String> names = new ArrayList<>();
    for (Pair pair : report.pairs()) {
      if (pair.from().equals(from) && pair.reaches()) {
        names.add(pair.to() + (pair.onlyPermissive() ? " (permissive)" : ""));
      }
    }
    return names.isEmpty() ? "nobody" : String.join(", ", names);
  }

  /** Whether images were asked about at all. */
  boolean images() {
    return report.pairs().stream().anyMatch(pair -> !pair.image().isEmpty());
  }

  /** Whose images a compromised guest may open. */
  String images(String from) {
    List<String> names = new ArrayList<>();
    for (Pair pair : report.pairs()) {
      if (pair.from().equals(from) && pair.opensImage()) {
        names.add(pair.to());
      }
    }
    return names.isEmpty() ? "only its own" : String.join(", ", names);
  }

  /** A path with what it applies to, such as {@code clear (udp), a.eth1 -> b.eth0}. */
  static String title(Path path, boolean ways) {
    StringBuilder text = new StringBuilder(path.name());
    if (!path.protocols().equals("any")) {
      text.append(" (").append(path.protocols()).append(')');
    }
    if (ways) {
      text.append(", ").append(path.way());
      text.append(" [").append(String.join(", ", path.addresses())).append(']');
    }
    text.append(path.inLab() ? "" : " (not in this lab)");
    text.append(path.open() ? ": open" : ": stopped");
    text.append(path.onlyPermissive() ? ", only because permissive" : "");
    return text.append(path.checks().isEmpty() ? ", nothing is checked" : "").toString();
  }

  /** A check with its answer. */
  static String words(Check check) {
    return check.name()
        + "  "
        + check.source()
        + " -> "
        + check.target()
        + (check.why() == null ? "" : ": " + check.why());
  }

  /** Yes, no, or yes though the policy denies it. */
  static String answer(Check check) {
    if (check.permissive()) {
      return "(yes)";
    }
    return check.allowed() ? "yes" : "NO";
  }
}
