package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/** Matches that compare one field: mark, connmark, length, ttl, hl, dscp, iprange, comment. */
final class XtFieldMatch implements XtExtension {
  private static final int MAX_COMMENT = 255;

  private final String name;
  private final boolean v6;
  private final List<String> options;
  private final List<String> seen = new ArrayList<>();
  private final List<RuleStep> found = new ArrayList<>();

  private XtFieldMatch(String name, boolean v6, String... options) {
    this.name = name;
    this.v6 = v6;
    this.options = List.of(options);
  }

  static @Nullable XtFieldMatch of(String name, int version) {
    boolean v6 = version == 6;
    return switch (name) {
      case "mark", "connmark" -> new XtFieldMatch(name, v6, "mark");
      case "length" -> new XtFieldMatch(name, v6, "length");
      case "dscp" -> new XtFieldMatch(name, v6, "dscp", "dscp-class");
      case "iprange" -> new XtFieldMatch(name, v6, "src-range", "dst-range");
      case "comment" -> new XtFieldMatch(name, v6, "comment");
      case "ttl" -> v6 ? null : new XtFieldMatch(name, false, "ttl-eq", "ttl", "ttl-lt", "ttl-gt");
      case "hl" -> v6 ? new XtFieldMatch(name, true, "hl-eq", "hl-lt", "hl-gt") : null;
      default -> null;
    };
  }

  @Override
  public List<String> options() {
    return options;
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    boolean second = name.equals("iprange") ? seen.contains(option) : !seen.isEmpty();
    if (second) {
      throw in.wrong(word, "the match " + name + " says this twice", "use -m " + name + " again");
    }
    seen.add(option);
    XtWord value = in.value(word, "a value");
    switch (option) {
      case "mark" -> {
        XtValues.MarkAndMask mark = XtValues.mark(in, value);
        Field field = name.equals("mark") ? Field.META_MARK : Field.CT_MARK;
        found.add(new Match.Compare(field, 0, mark.mask(), negated, Ranges.of(0, mark.mark())));
      }
      case "length" -> range(Field.META_LENGTH, negated, XtValues.numbers(in, value, 65535));
      case "dscp" -> single(dscp(), negated, XtValues.number(in, value, value.text(), 63));
      case "dscp-class" -> {
        Integer known = Names.number(DataType.DSCP, value.text().toLowerCase(Locale.ROOT));
        if (known == null) {
          throw in.wrong(value, value + " is no class", "write one like CS1, AF11 or EF");
        }
        single(dscp(), negated, known);
      }
      case "src-range" -> range(v6 ? Field.IP6_SADDR : Field.IP_SADDR, negated, span(in, value));
      case "dst-range" -> range(v6 ? Field.IP6_DADDR : Field.IP_DADDR, negated, span(in, value));
      case "comment" -> {
        XtExtension.positive(in, word, negated);
        if (value.text().length() > MAX_COMMENT) {
          throw in.wrong(value, "the comment is too long", "use at most 255 characters");
        }
      }
      case "ttl", "ttl-eq", "hl-eq" ->
          single(hops(), negated, XtValues.number(in, value, value.text(), 255));
      case "ttl-lt", "hl-lt" -> {
        XtExtension.positive(in, word, negated);
        long limit = XtValues.number(in, value, value.text(), 255);
        Ranges below = limit == 0 ? new Ranges() : Ranges.of(0, 0, 0, limit - 1);
        found.add(Match.Compare.of(hops(), false, below));
      }
      default -> {
        XtExtension.positive(in, word, negated);
        long limit = XtValues.number(in, value, value.text(), 255);
        Ranges above = limit == 255 ? new Ranges() : Ranges.of(0, limit + 1, 0, 255);
        found.add(Match.Compare.of(hops(), false, above));
      }
    }
  }

  private Field dscp() {
    return v6 ? Field.IP6_DSCP : Field.IP_DSCP;
  }

  private Field hops() {
    return v6 ? Field.IP6_HOPLIMIT : Field.IP_TTL;
  }

  private void single(Field field, boolean negated, long value) {
    found.add(Match.Compare.of(field, negated, Ranges.of(0, value)));
  }

  private void range(Field field, boolean negated, Ranges.Range range) {
    Ranges ranges = new Ranges();
    ranges.add(range);
    found.add(Match.Compare.of(field, negated, ranges));
  }

  private Ranges.Range span(XtLine in, XtWord word) {
    String text = word.text();
    int dash = text.indexOf('-');
    IpAddress first = XtValues.address(in, word, dash < 0 ? text : text.substring(0, dash), v6);
    IpAddress last = dash < 0 ? first : XtValues.address(in, word, text.substring(dash + 1), v6);
    if (last.compareTo(first) < 0) {
      throw in.wrong(word, "the range falls from " + first + " to " + last, "let it rise");
    }
    return new Ranges.Range(first.high(), first.low(), last.high(), last.low(), 0);
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    if (seen.isEmpty()) {
      throw in.wrong(word, "the match " + name + " says nothing", "add --" + options.getFirst());
    }
    steps.addAll(found);
  }
}
