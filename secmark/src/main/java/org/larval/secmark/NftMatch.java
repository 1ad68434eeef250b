package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads matches: a selector, how it is compared, and with what. */
final class NftMatch {
  private final NftCursor in;
  private final NftSelector selector;
  private final NftValues values;
  private final NftMaps maps;
  private final List<RuleStep> steps;

  /** For one rule, whose steps it adds to. */
  NftMatch(
      NftCursor in, NftSelector selector, NftValues values, NftMaps maps, List<RuleStep> steps) {
    this.in = in;
    this.selector = selector;
    this.values = values;
    this.maps = maps;
    this.steps = steps;
  }

  void read() {
    NftToken start = in.peek();
    List<Field> fields = selector.fields();
    if (in.accept("vmap")) {
      steps.add(
          new Statement.VerdictMap(new MapLookup(fields, maps.map(fields, DataType.VERDICT))));
      return;
    }
    if (fields.size() > 1) {
      boolean negated = negated();
      steps.add(new Match.Lookup(fields, negated, maps.set(fields)));
      return;
    }
    single(start, fields.getFirst());
  }

  private boolean negated() {
    if (in.accept("!=") || in.accept("ne")) {
      return true;
    }
    if (!in.accept("==")) {
      in.accept("eq");
    }
    return false;
  }

  private void single(NftToken start, Field field) {
    DataType type = field.type();
    if (in.at("&") || in.at("and")) {
      in.take();
      masked(field);
      return;
    }
    if (in.at("|") || in.at("^") || in.at("<<") || in.at(">>")) {
      throw in.wrong(in.peek() + " is not built in matches", "compare under a mask with '&'");
    }
    if (in.accept("!")) {
      long mask = values.flagList(type);
      steps.add(new Match.Compare(field, 0, mask, false, Ranges.of(0, 0)));
      return;
    }
    String order = order();
    if (order != null) {
      ordered(field, order);
      return;
    }
    boolean explicit = in.at("==") || in.at("eq");
    boolean negated = negated();
    if (in.at("@") || in.at("{")) {
      steps.add(new Match.Lookup(List.of(field), negated, maps.set(List.of(field))));
      return;
    }
    if (type.isBitmask()) {
      flags(field, negated, explicit);
      return;
    }
    Ranges.Range range = values.range(type, 0);
    limit(start, field, range);
    if (in.at(",")) {
      throw in.unexpected("write several values in braces");
    }
    if (range.single() && !negated) {
      selector.learn(start, field, range.firstLow());
    }
    Ranges ranges = new Ranges();
    ranges.add(range);
    steps.add(Match.Compare.of(field, negated, ranges));
  }

  /** Fields of octets and words without a type of their own. */
  private void limit(NftToken start, Field field, Ranges.Range range) {
    long max =
        switch (field) {
          case IP_TTL, IP6_HOPLIMIT -> 255;
          case IP_LENGTH -> 65535;
          default -> -1;
        };
    if (max >= 0 && range.lastLow() > max) {
      throw in.wrong(start, field + " is at most " + max, "write a value that it can have");
    }
  }

  private @Nullable String order() {
    for (String symbol : new String[] {"<=", ">=", "<", ">"}) {
      if (in.accept(symbol)) {
        return symbol;
      }
    }
    for (String[] word : new String[][] {{"le", "<="}, {"ge", ">="}, {"lt", "<"}, {"gt", ">"}}) {
      if (in.accept(word[0])) {
        return word[1];
      }
    }
    return null;
  }

  private void ordered(Field field, String order) {
    NftToken where = in.peek();
    Ranges.Range value = values.range(field.type(), 0);
    if (!value.single()) {
      throw in.wrong(where, "a range cannot be compared by order", "write one value");
    }
    if (field.type().isBitmask() || field.type() == DataType.IFNAME) {
      throw in.wrong(where, field + " has no order", "compare for equality");
    }
    int bits = field.type().bits();
    long maxHigh = bits == 128 ? -1 : 0;
    long maxLow = bits == 128 ? -1 : field.type().max();
    long high = value.firstHigh();
    long low = value.firstLow();
    Ranges ranges =
        switch (order) {
          case "<=" -> Ranges.of(0, 0, high, low);
          case ">=" -> Ranges.of(high, low, maxHigh, maxLow);
          case "<" -> {
            if (high == 0 && low == 0) {
              throw in.wrong(where, "nothing is below 0", "write a greater value");
            }
            yield Ranges.of(0, 0, low == 0 ? high - 1 : high, low - 1);
          }
          default -> {
            if (high == maxHigh && low == maxLow) {
              throw in.wrong(where, "nothing is above the greatest value", "write a lower value");
            }
            yield Ranges.of(low == -1 ? high + 1 : high, low + 1, maxHigh, maxLow);
          }
        };
    steps.add(Match.Compare.of(field, false, ranges));
  }

  private void masked(Field field) {
    NftToken where = in.peek();
    Ranges.Range mask = operand(field.type());
    boolean negated;
    if (in.accept("!=") || in.accept("ne")) {
      negated = true;
    } else if (in.accept("==") || in.accept("eq")) {
      negated = false;
    } else if (in.peek().kind() == NftToken.Kind.WORD || in.at("{") || in.at("@")) {
      negated = false;
    } else {
      throw in.unexpected("write '==' or '!=' after the mask");
    }
    if (field.type().bits() == 128 && field.type() != DataType.IPV6_ADDR) {
      throw in.wrong(where, field + " takes no mask", "compare it as a whole");
    }
    Ranges ranges;
    if (in.at("{") || in.at("@")) {
      ranges = maps.set(List.of(field)).ranges();
    } else {
      Ranges.Range value = operand(field.type());
      ranges = new Ranges();
      ranges.add(value);
    }
    steps.add(new Match.Compare(field, mask.firstHigh(), mask.firstLow(), negated, ranges));
  }

  private Ranges.Range operand(DataType type) {
    if (type == DataType.IPV4_ADDR || type == DataType.IPV6_ADDR) {
      return values.range(type, 0);
    }
    boolean open = in.accept("(");
    long value = type.isBitmask() ? values.flagList(type) : values.orList(type);
    if (open) {
      in.expect(")", "close the parenthesis");
    }
    return new Ranges.Range(0, value, 0, value, 0);
  }

  /** Names of bits: any of them, or all that follow the slash compared. */
  private void flags(Field field, boolean negated, boolean explicit) {
    boolean open = in.accept("(");
    long value = values.number(field.type());
    while (in.at(",") || in.at("|") || in.at("or")) {
      in.take();
      value |= values.number(field.type());
    }
    if (open) {
      in.expect(")", "close the parenthesis");
    }
    if (in.accept("/")) {
      long mask = values.flagList(field.type());
      steps.add(new Match.Compare(field, 0, mask, negated, Ranges.of(0, value)));
    } else if (negated || explicit) {
      steps.add(Match.Compare.of(field, negated, Ranges.of(0, value)));
    } else {
      steps.add(new Match.Compare(field, 0, value, true, Ranges.of(0, 0)));
    }
  }
}
