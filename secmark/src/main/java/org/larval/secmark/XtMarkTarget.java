package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The targets MARK and CONNMARK. */
final class XtMarkTarget implements XtExtension {
  private static final long WORD = 0xffff_ffffL;

  private final boolean connection;
  private @Nullable Statement statement;
  private boolean save;
  private boolean restore;
  private long packetMask = WORD;
  private long connectionMask = WORD;
  private boolean masks;

  /**
   * One of the two.
   *
   * @param connection whether it is CONNMARK
   */
  XtMarkTarget(boolean connection) {
    this.connection = connection;
  }

  @Override
  public List<String> options() {
    return connection
        ? List.of(
            "set-mark",
            "set-xmark",
            "and-mark",
            "or-mark",
            "xor-mark",
            "save-mark",
            "restore-mark",
            "nfmask",
            "ctmask",
            "mask")
        : List.of("set-mark", "set-xmark", "and-mark", "or-mark", "xor-mark");
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    XtExtension.positive(in, word, negated);
    switch (option) {
      case "nfmask", "ctmask", "mask" -> mask(in, word, option);
      case "save-mark", "restore-mark" -> {
        once(in, word);
        save = option.startsWith("save");
        restore = !save;
      }
      default -> {
        once(in, word);
        XtWord value = in.value(word, "a mark");
        statement = set(in, value, option);
      }
    }
  }

  private void once(XtLine in, XtWord word) {
    if (statement != null || save || restore) {
      throw in.wrong(word, "the target takes one way to set the mark", "use two rules");
    }
  }

  private Statement set(XtLine in, XtWord value, String option) {
    if (option.equals("set-mark") || option.equals("set-xmark")) {
      XtValues.MarkAndMask mark = XtValues.mark(in, value);
      long cleared = option.equals("set-mark") ? mark.mark() | mark.mask() : mark.mask();
      return bits(~cleared, mark.mark());
    }
    long mark = XtValues.number(in, value, value.text(), WORD);
    return switch (option) {
      case "and-mark" -> bits(mark, 0);
      case "or-mark" -> bits(~mark, mark);
      default -> bits(-1, mark);
    };
  }

  private Statement bits(long and, long xor) {
    Field field = connection ? Field.CT_MARK : Field.META_MARK;
    MarkValue value = new MarkValue.Bits(new MarkValue.Of(field), and & WORD, xor);
    return connection ? new Statement.SetConnectionMark(value) : new Statement.SetMark(value);
  }

  private void mask(XtLine in, XtWord word, String option) {
    if (!save && !restore) {
      throw in.wrong(word, word + " goes with --save-mark or --restore-mark", "write it behind");
    }
    XtWord value = in.value(word, "a mask");
    long mask = XtValues.number(in, value, value.text(), WORD);
    masks = true;
    if (!option.equals("ctmask")) {
      packetMask = mask;
    }
    if (!option.equals("nfmask")) {
      connectionMask = mask;
    }
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    Statement set = statement;
    if (save) {
      steps.add(new Statement.XtSaveMark((int) connectionMask, (int) packetMask));
    } else if (restore) {
      steps.add(new Statement.XtRestoreMark((int) connectionMask, (int) packetMask));
    } else if (set != null && !masks) {
      steps.add(set);
    } else {
      throw in.wrong(
          word, "the target " + word.text() + " does not say what to set", "add --set-mark");
    }
  }
}
