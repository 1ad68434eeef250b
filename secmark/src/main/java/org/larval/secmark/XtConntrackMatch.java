package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.secmark.conntrack.CtState;

/** The matches state and conntrack: what is known of the packet's connection. */
final class XtConntrackMatch implements XtExtension {
  private static final List<String> STATES =
      List.of("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT");

  private static final List<String> STATUSES =
      List.of("NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED");

  private static final List<String> NOT_BUILT =
      List.of(
          "ctproto",
          "ctorigsrc",
          "ctorigdst",
          "ctreplsrc",
          "ctrepldst",
          "ctorigsrcport",
          "ctorigdstport",
          "ctreplsrcport",
          "ctrepldstport",
          "ctexpire");

  private final boolean old;
  private @Nullable Match state;
  private @Nullable Match status;
  private @Nullable Match direction;

  /**
   * One of the two.
   *
   * @param old whether it is state
   */
  XtConntrackMatch(boolean old) {
    this.old = old;
  }

  @Override
  public List<String> options() {
    if (old) {
      return List.of("state");
    }
    List<String> options = new ArrayList<>(List.of("ctstate", "ctstatus", "ctdir"));
    options.addAll(NOT_BUILT);
    return options;
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    switch (option) {
      case "state", "ctstate" -> {
        once(in, word, state);
        state = bits(Field.CT_STATE, states(in, in.value(word, "states such as NEW")), negated);
      }
      case "ctstatus" -> {
        once(in, word, status);
        XtWord value = in.value(word, "ASSURED or the like");
        status = bits(Field.CT_STATUS, statuses(in, value), negated);
      }
      case "ctdir" -> {
        once(in, word, direction);
        XtExtension.positive(in, word, negated);
        XtWord value = in.value(word, "ORIGINAL or REPLY");
        direction = Match.Compare.of(Field.CT_DIRECTION, false, Ranges.of(0, side(in, value)));
      }
      default -> throw in.wrong(word, word + " is not built", "match --ctstate");
    }
  }

  private static void once(XtLine in, XtWord word, @Nullable Match before) {
    if (before != null) {
      throw in.wrong(word, word + " stands twice in the rule", "name all at once");
    }
  }

  /** Any of the bits. */
  private static Match bits(Field field, long mask, boolean negated) {
    return new Match.Compare(field, 0, mask, !negated, Ranges.of(0, 0));
  }

  private long states(XtLine in, XtWord word) {
    long mask = 0;
    for (String part : word.text().split(",", -1)) {
      mask |=
          switch (begun(STATES.subList(0, old ? 5 : 7), part)) {
            case 0 -> CtState.INVALID;
            case 1 -> CtState.NEW;
            case 2 -> CtState.ESTABLISHED;
            case 3 -> CtState.RELATED;
            case 4 -> CtState.UNTRACKED;
            case 5, 6 -> 0; // nothing is translated
            default ->
                throw in.wrong(
                    word, "'" + part + "' is no state", "use " + String.join(", ", STATES));
          };
    }
    return mask;
  }

  private static long statuses(XtLine in, XtWord word) {
    long mask = 0;
    for (String part : word.text().split(",", -1)) {
      int at = begun(STATUSES, part);
      if (at < 0) {
        throw in.wrong(word, "'" + part + "' is no status", "use " + String.join(", ", STATUSES));
      }
      mask |= at == 0 ? 0 : 1L << at - 1;
    }
    return mask;
  }

  private static long side(XtLine in, XtWord word) {
    return switch (word.text().toUpperCase(Locale.ROOT)) {
      case "ORIGINAL" -> 0;
      case "REPLY" -> 1;
      default -> throw in.wrong(word, word + " is no direction", "use ORIGINAL or REPLY");
    };
  }

  /** The first name that begins so, in any case; -1 for none. */
  private static int begun(List<String> names, String text) {
    String wanted = text.toUpperCase(Locale.ROOT);
    for (int i = 0; i < names.size() && !wanted.isEmpty(); i++) {
      if (names.get(i).startsWith(wanted)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (state == null && status == null && direction == null) {
      throw in.wrong(
          word, "the match " + word.text() + " says nothing", "add --" + options().getFirst());
    }
    for (Match each : new @Nullable Match[] {state, direction, status}) {
      if (each != null) {
        steps.add(each);
      }
    }
  }
}
