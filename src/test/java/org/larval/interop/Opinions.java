package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was said of all combinations, as a table: counts, sums by algorithm, what nobody can say.
 */
final class Opinions {
  /**
   * One combination, or the sum of some.
   *
   * @param sent packets that we built
   * @param good of them, those whose every check value tshark found right
   * @param read those in which tshark read what we had put in
   * @param opened those that scapy opened to what we had put in
   * @param built those that scapy built of the same, and we opened to the same
   * @param openedByRule as opened, with what the script adds to scapy
   * @param builtByRule as built, with what the script adds to scapy
   */
  record Counts(
      int combinations,
      int sent,
      int good,
      int read,
      int opened,
      int built,
      int openedByRule,
      int builtByRule) {
    Counts plus(Counts other) {
      return new Counts(
          combinations + other.combinations,
          sent + other.sent,
          good + other.good,
          read + other.read,
          opened + other.opened,
          built + other.built,
          openedByRule + other.openedByRule,
          builtByRule + other.builtByRule);
    }

    @Override
    public String toString() {
      return "%5d %6d %7d %7d %7d %7d %7d %7d"
          .formatted(combinations, sent, good, read, opened, built, openedByRule, builtByRule);
    }
  }

  private static final Counts NOTHING = new Counts(0, 0, 0, 0, 0, 0, 0, 0);
  private static final String LINE = "%-69s %s%n";
  private static final String HEAD =
      LINE.formatted("", "count  sent  tshark  tshark   scapy   scapy  by rule by rule")
          + LINE.formatted("", "                 good    read  opened   built  opened   built");

  private final Map<String, Counts> rows = new LinkedHashMap<>();
  private final Map<String, Counts> algorithms = new LinkedHashMap<>();
  private final Map<String, Counts> lacks = new TreeMap<>();

  /**
   * Adds a combination.
   *
   * @param algorithm to sum it up under
   * @param lacking what a tool cannot do with it, in words
   */
  void add(String name, String algorithm, Counts counts, List<String> lacking) {
    rows.put(name, counts);
    algorithms.merge(algorithm, counts, Counts::plus);
    for (String lack : lacking) {
      lacks.merge(lack, counts, Counts::plus);
    }
  }

  /** Everything. */
  void write(Path file) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEAD.stripTrailing()));
    rows.forEach((name, counts) -> lines.add(LINE.formatted(name, counts).stripTrailing()));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, lines);
    Files.writeString(file, System.lineSeparator() + sums(), StandardOpenOption.APPEND);
  }

  /** Sums by algorithm, and what was left out. */
  String sums() {
    StringBuilder text = new StringBuilder(HEAD);
    algorithms.forEach((name, counts) -> text.append(LINE.formatted(name, counts)));
    Counts all = rows.values().stream().reduce(NOTHING, Counts::plus);
    text.append(LINE.formatted("all", all));
    lacks.forEach(
        (lack, counts) ->
            text.append(
                "cannot: %s (%d combinations, %d packets)%n"
                    .formatted(lack, counts.combinations(), counts.sent())));
    return text.toString();
  }
}
