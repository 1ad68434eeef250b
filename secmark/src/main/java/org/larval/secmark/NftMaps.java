package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what sets and maps hold: in braces, or by the name of one. */
final class NftMaps {
  private final NftCursor in;
  private final NftTable table;
  private final NftValues values;
  private final NftSets sets;

  NftMaps(NftCursor in, RuleState state, NftTable table) {
    this.in = in;
    this.table = table;
    values = new NftValues(in, state.interfaces);
    sets = new NftSets(in, state);
  }

  ValueSet set(List<Field> fields) {
    if (in.accept("@")) {
      return named(fields, null).values();
    }
    if (!in.at("{")) {
      throw in.unexpected("write a set in braces or by '@' and its name");
    }
    ValueSet set = new ValueSet(fields.size());
    sets.read(new NftSets.Shape(types(fields), true, fields.size() == 1, null), set);
    return set;
  }

  ValueSet map(List<Field> fields, DataType datum) {
    if (in.accept("@")) {
      return named(fields, datum).values();
    }
    if (!in.at("{")) {
      throw in.unexpected("write a map in braces or by '@' and its name");
    }
    ValueSet map = new ValueSet(fields.size());
    sets.read(new NftSets.Shape(types(fields), true, false, at -> datum(at, datum)), map);
    return map;
  }

  /** Reads what an element of a map stands for. */
  Object datum(NftCursor at, DataType type) {
    return switch (type) {
      case SECMARK -> secmark(at);
      case VERDICT -> readVerdict(at);
      default -> values.number(type);
    };
  }

  private NftTable.Named named(List<Field> fields, @Nullable DataType datum) {
    NftToken where = in.peek();
    String name = in.word("the name of a set");
    NftTable.Named set = table.sets.get(name);
    if (set == null) {
      throw in.wrong(
          where, "table " + table.title() + " has no set '" + name + "'", "add the set before");
    }
    if (set.datum() != datum) {
      throw in.wrong(
          where,
          "'" + name + "' is " + (set.datum() == null ? "a set" : "a map to " + set.datum()),
          datum == null ? "use a set" : "use a map to " + datum);
    }
    if (!set.key().equals(types(fields))) {
      throw in.wrong(
          where,
          "'" + name + "' holds " + set.key() + " and is asked for " + types(fields),
          "use a set of the right type");
    }
    return set;
  }

  private static List<DataType> types(List<Field> fields) {
    return fields.stream().map(Field::type).toList();
  }

  SecmarkObject secmark(NftCursor at) {
    if (!at.atQuoted() && !at.atWord()) {
      throw at.unexpected("write the name of a secmark object in quotes");
    }
    String name = at.peek().text();
    SecmarkObject object = table.secmarks.get(name);
    if (object == null) {
      String right = "define it in the table: secmark NAME { \"CONTEXT\" }";
      throw at.wrong("table " + table.title() + " has no secmark '" + name + "'", right);
    }
    at.take();
    return object;
  }

  Statement.Verdict readVerdict(NftCursor at) {
    NftToken token = at.take();
    return switch (token.text()) {
      case "accept" -> new Statement.Verdict(Flow.ACCEPT, null);
      case "drop" -> new Statement.Verdict(Flow.DROP, null);
      case "return" -> new Statement.Verdict(Flow.RETURN, null);
      case "continue" -> new Statement.Verdict(Flow.NEXT_RULE, null);
      case "jump" -> new Statement.Verdict(Flow.JUMP, target(at));
      case "goto" -> new Statement.Verdict(Flow.GOTO, target(at));
      default ->
          throw at.wrong(
              token, token + " is no verdict", "write accept, drop, return, jump or goto");
    };
  }

  private Chain target(NftCursor at) {
    NftToken where = at.peek();
    String name = at.word("the name of a chain");
    Chain chain = table.chains.get(name);
    if (chain == null) {
      throw at.wrong(
          where, "table " + table.title() + " has no chain '" + name + "'", "add the chain");
    }
    if (chain.base() != null) {
      throw at.wrong(
          where, "chain '" + name + "' stands at a hook", "jump to a chain without a hook");
    }
    return chain;
  }
}
