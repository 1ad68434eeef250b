package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;

/** Reads one rule of nft: matches and statements, up to the end of the line. */
final class NftRule {
  private static final String STATEMENTS =
      "write a match like 'tcp dport 80', a statement like 'meta secmark set', or a verdict";

  private final NftCursor in;
  private final RuleState state;
  private final NftSelector selector;
  private final NftValues values;
  private final NftMaps maps;
  private final NftMatch matches;
  private final NftLog log;
  private final NftTable table;
  private final List<RuleStep> steps = new ArrayList<>();
  private boolean ended;

  NftRule(NftCursor in, RuleState state, NftTable table) {
    this.in = in;
    this.state = state;
    this.table = table;
    selector = new NftSelector(in, table.version);
    values = new NftValues(in, state.interfaces);
    maps = new NftMaps(in, state, table);
    matches = new NftMatch(in, selector, values, maps, steps);
    log = new NftLog(in);
  }

  /** The rule that begins here. */
  Rule read() {
    int from = in.place();
    NftToken start = in.peek();
    while (!in.peek().endsStatement() && !in.at("}")) {
      if (in.accept("comment")) {
        if (in.text("the comment").length() > 127) {
          throw in.wrong(start, "the comment is too long", "use at most 127 characters");
        }
        if (!in.peek().endsStatement() && !in.at("}")) {
          throw in.unexpected("end the line: the comment comes last");
        }
        break;
      }
      if (ended) {
        throw in.wrong(
            in.peek() + " comes after the verdict and would never run", "put the verdict last");
      }
      step();
    }
    if (in.place() == from) {
      throw in.unexpected(STATEMENTS);
    }
    if (!state.countRule()) {
      throw in.wrong(start, "there are too many rules", "use at most " + RuleState.MAX_RULES);
    }
    return new Rule(steps, in.text(from, in.place()), in.file() + ":" + start.line());
  }

  private void step() {
    if (selector.here()) {
      matches.read();
      return;
    }
    NftToken start = in.peek();
    if (start.kind() != NftToken.Kind.WORD) {
      throw in.unexpected(STATEMENTS);
    }
    switch (start.text()) {
      case "accept", "drop", "return", "continue", "jump", "goto" -> verdict();
      case "counter" -> steps.add(log.counter(table));
      case "notrack" -> {
        in.take();
        steps.add(new Statement.NoTrack());
      }
      case "log" -> log.log();
      case "meta", "ct" -> {
        in.take();
        String key = in.word("what to set");
        in.expect("set", "write 'set'");
        set(start, start.text(), key);
      }
      case "mark" -> {
        in.take();
        in.expect("set", "write 'set'");
        set(start, "meta", "mark");
      }
      default ->
          throw in.wrong("'" + start.text() + "' is not built or does not exist", STATEMENTS);
    }
  }

  private void set(NftToken start, String where, String key) {
    switch (where + " " + key) {
      case "meta mark" -> steps.add(new Statement.SetMark(mark()));
      case "ct mark" -> steps.add(new Statement.SetConnectionMark(mark()));
      case "meta secmark" -> setSecmark();
      case "ct secmark" -> {
        if (!in.at("meta")) {
          throw in.wrong(
              "anything but the packet's label is not built for 'ct secmark set'",
              "write 'meta secmark'");
        }
        in.expect("meta", "write 'meta secmark'");
        in.expect("secmark", "write 'meta secmark'");
        steps.add(new Statement.SaveSecmark());
      }
      default ->
          throw in.wrong(
              start,
              "'" + where + " " + key + " set' is not built or does not exist",
              "set meta mark, meta secmark, ct mark or ct secmark");
    }
  }

  private void setSecmark() {
    if (in.at("ct") && in.peek(1).is("secmark")) {
      in.take();
      in.take();
      steps.add(new Statement.RestoreSecmark());
      return;
    }
    if (selector.here()) {
      List<Field> fields = selector.fields();
      in.expect("map", "write 'map' and its elements or name");
      steps.add(
          new Statement.MapSecmark(new MapLookup(fields, maps.map(fields, DataType.SECMARK))));
      return;
    }
    steps.add(new Statement.SetSecmark(maps.secmark(in)));
  }

  private MarkValue mark() {
    if (selector.here()) {
      NftToken start = in.peek();
      List<Field> fields = selector.fields();
      if (in.accept("map")) {
        return new MarkValue.Mapped(new MapLookup(fields, maps.map(fields, DataType.MARK)));
      }
      if (fields.size() > 1) {
        throw in.wrong(start, "several fields are no mark", "use a map");
      }
      return bits(new MarkValue.Of(fields.getFirst()));
    }
    return new MarkValue.Constant(values.orList(DataType.MARK));
  }

  private MarkValue bits(MarkValue from) {
    MarkValue value = from;
    while (true) {
      if (in.accept("&") || in.accept("and")) {
        value = new MarkValue.Bits(value, operand(), 0);
      } else if (in.accept("|") || in.accept("or")) {
        long or = operand();
        value = new MarkValue.Bits(value, ~or & 0xffff_ffffL, or);
      } else if (in.accept("^") || in.accept("xor")) {
        value = new MarkValue.Bits(value, 0xffff_ffffL, operand());
      } else {
        return value;
      }
    }
  }

  private long operand() {
    if (in.accept("(")) {
      long value = values.orList(DataType.MARK);
      in.expect(")", "close the parenthesis");
      return value;
    }
    return values.number(DataType.MARK);
  }

  private void verdict() {
    steps.add(maps.readVerdict(in));
    ended =
        !(steps.getLast() instanceof Statement.Verdict verdict) || verdict.flow() != Flow.NEXT_RULE;
  }
}
