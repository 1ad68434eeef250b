package org.larval.secmark;

import java.util.List;

/**
 * Targets that change no packet: LOG, NFLOG, AUDIT; and NOTRACK. They are read as iptables does.
 */
final class XtQuietTarget implements XtExtension {
  private static final List<String> LEVELS =
      List.of(
          "alert", "crit", "debug", "emerg", "error", "info", "notice", "panic", "warning", "warn",
          "err");

  private final String name;
  private boolean untracked;
  private boolean said;

  XtQuietTarget(String name) {
    this.name = name;
    untracked = name.equals("NOTRACK");
  }

  @Override
  public List<String> options() {
    return switch (name) {
      case "LOG" ->
          List.of(
              "log-level",
              "log-prefix",
              "log-tcp-sequence",
              "log-tcp-options",
              "log-ip-options",
              "log-uid",
              "log-macdecode");
      case "NFLOG" ->
          List.of("nflog-group", "nflog-prefix", "nflog-range", "nflog-size", "nflog-threshold");
      case "AUDIT" -> List.of("type");
      case "CT" -> List.of("notrack", "helper", "ctevents", "expevents", "timeout", "zone");
      default -> List.of();
    };
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    XtExtension.positive(in, word, negated);
    said = true;
    switch (option) {
      case "notrack" -> untracked = true;
      case "log-prefix" -> prefix(in, in.value(word, "the prefix"), 29);
      case "nflog-prefix" -> prefix(in, in.value(word, "the prefix"), 63);
      case "log-level" -> level(in, in.value(word, "a level such as info"));
      case "nflog-group" -> number(in, in.value(word, "a number"), 65535);
      case "nflog-range", "nflog-size" -> number(in, in.value(word, "a number"), 0xffff_ffffL);
      case "nflog-threshold" -> number(in, in.value(word, "a number"), 65535);
      case "type" -> {
        XtWord value = in.value(word, "accept, drop or reject");
        if (!List.of("accept", "drop", "reject").contains(value.text())) {
          throw in.wrong(value, value + " is no type of AUDIT", "use accept, drop or reject");
        }
      }
      case "log-tcp-sequence", "log-tcp-options", "log-ip-options", "log-uid", "log-macdecode" -> {}
      default -> throw in.wrong(word, word + " is not built", "use CT only with --notrack");
    }
  }

  private static void number(XtLine in, XtWord word, long max) {
    XtValues.number(in, word, word.text(), max);
  }

  private static void prefix(XtLine in, XtWord word, int longest) {
    if (word.text().length() > longest) {
      throw in.wrong(word, "the prefix is too long", "use at most " + longest + " characters");
    }
  }

  private static void level(XtLine in, XtWord word) {
    if (!LEVELS.contains(word.text())) {
      number(in, word, 7);
    }
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (name.equals("AUDIT") && !said) {
      throw in.wrong(word, "the target AUDIT lacks --type", "add it");
    }
    if (name.equals("CT") || name.equals("NOTRACK")) {
      if (scope.table().kind != XtTable.Kind.RAW) {
        throw in.wrong(
            word,
            "the table " + scope.table().kind + " has no target " + name,
            "put the rule into the table raw");
      }
      if (untracked) {
        steps.add(new Statement.NoTrack());
      }
    }
  }
}
