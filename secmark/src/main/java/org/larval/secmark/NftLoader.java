package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;

/** Carries out the commands of a file as {@code nft -f} does. */
final class NftLoader {
  /** A chain's rules, to be read when all that they may name is known. */
  private record Waiting(NftTable table, Chain chain, int place) {}

  private final RuleState state;
  private final NftCursor in;
  private final NftTables tables;
  private final NftChains chains;
  private final NftObjects objects;
  private final NftRemoval removal;

  NftLoader(RuleState state, String file, String text) {
    this.state = state;
    in = new NftCursor(file, new NftDefines(file, new NftLexer(file, text).tokens()).expanded());
    tables = new NftTables(in, state);
    chains = new NftChains(state, in);
    objects = new NftObjects(state, in);
    removal = new NftRemoval(state, in, tables, objects);
  }

  RuleState load() {
    for (in.skipLineEnds(); !in.atEnd(); in.skipLineEnds()) {
      command();
    }
    return state;
  }

  private void command() {
    NftToken start = in.peek();
    String verb = in.word("a command such as 'table' or 'add rule'");
    switch (verb) {
      case "add" -> add(start, false);
      case "create" -> add(start, true);
      case "insert" -> {
        in.accept("rule");
        rule(true);
      }
      case "table", "chain", "set", "map", "secmark", "rule", "element", "counter" -> {
        in.goTo(in.place() - 1);
        add(start, false);
      }
      case "ip", "ip6", "inet" -> {
        in.goTo(in.place() - 1);
        rule(false);
      }
      case "flush" -> removal.flush();
      case "delete", "destroy" -> removal.delete(verb.equals("destroy"));
      case "include" ->
          throw in.wrong(
              start, "'include' is refused: rules come from one file", "put the text here instead");
      default ->
          throw in.wrong(
              start,
              "'" + verb + "' is not built or does not exist",
              "write 'table', 'add', 'insert', 'delete' or 'flush'");
    }
  }

  private void add(NftToken start, boolean create) {
    String what = in.peek().text();
    switch (what) {
      case "table" -> table(create);
      case "chain" -> {
        in.take();
        NftTable table = tables.existing();
        chains.chainCommand(table, create);
      }
      case "set", "map" -> {
        in.take();
        NftTable table = tables.existing();
        objects.declareSet(table, what.equals("map"), create);
        in.endStatement("the " + what);
      }
      case "secmark" -> {
        in.take();
        objects.declareSecmark(tables.existing(), create);
        in.endStatement("the secmark");
      }
      case "counter" -> {
        in.take();
        objects.declareCounter(tables.existing());
        in.endStatement("the counter");
      }
      case "element" -> {
        in.take();
        objects.elements(tables.existing(), false);
      }
      case "rule" -> {
        in.take();
        rule(false);
      }
      case "ip", "ip6", "inet" -> rule(false);
      default ->
          throw in.wrong(
              start.is(what) ? start : in.peek(),
              in.peek() + " is not built or does not exist",
              "add a table, chain, rule, set, map, element or secmark");
    }
  }

  private void table(boolean create) {
    in.take();
    int version = tables.version();
    NftToken where = in.peek();
    String name = in.name("the name of a table");
    String key = NftTables.key(version, name);
    if (create && state.tables.containsKey(key)) {
      throw in.wrong(where, "the table is there already", "write 'add'");
    }
    NftTable table = state.tables.computeIfAbsent(key, k -> new NftTable(version, name));
    if (in.at("{")) {
      in.take();
      tableBlock(table);
      if (!in.peek().endsStatement() && !in.at("}")) {
        throw in.unexpected("end the line after the table");
      }
    } else {
      in.endStatement("the table");
    }
  }

  private void tableBlock(NftTable table) {
    List<Waiting> waiting = new ArrayList<>();
    List<Waiting> values = new ArrayList<>();
    for (in.skipLineEnds(); !in.accept("}"); in.skipLineEnds()) {
      NftToken where = in.peek();
      String what = in.word("a chain, set, map or secmark");
      switch (what) {
        case "chain" -> {
          Chain chain = chains.chain(table, false);
          in.expect("{", "write the chain's rules in braces");
          in.goTo(in.place() - 1);
          waiting.add(new Waiting(table, chain, in.place() + 1));
          chains.chainHead(table, chain);
        }
        case "set", "map" -> {
          values.add(new Waiting(table, new Chain("", what), in.place()));
          in.name("a name");
          if (!in.at("{")) {
            throw in.unexpected("write what the " + what + " holds in braces");
          }
          in.skipBlock();
        }
        case "secmark" -> objects.declareSecmark(table, false);
        case "counter" -> objects.declareCounter(table);
        case "comment" -> {
          in.text("the comment");
        }
        case "flags" -> {
          in.expect("dormant", "write 'dormant', the only flag that is built");
          table.dormant = true;
        }
        default ->
            throw in.wrong(
                where,
                "'" + what + "' is not built or does not exist in tables",
                "write chains, sets, maps and secmark objects");
      }
      if (!in.peek().endsStatement() && !in.at("}")) {
        throw in.unexpected("end the line after the " + what);
      }
    }
    int end = in.place();
    for (Waiting set : values) {
      in.goTo(set.place);
      objects.declareSet(table, set.chain.name().equals("map"), false);
    }
    for (Waiting chain : waiting) {
      in.goTo(chain.place);
      chains.chainRules(table, chain.chain);
    }
    in.goTo(end);
    chains.checkJumps(table, in.peek());
  }

  private void rule(boolean insert) {
    NftTable table = tables.existing();
    NftToken where = in.peek();
    String name = in.name("the name of a chain");
    Chain chain = table.chains.get(name);
    if (chain == null) {
      throw in.wrong(
          where, "table " + table.title() + " has no chain '" + name + "'", "add the chain before");
    }
    int place = insert ? 0 : chain.rules().size();
    if (in.at("position") || in.at("handle")) {
      throw in.wrong("places by handle are not built", "write 'index' and a number");
    }
    if (in.accept("index")) {
      long index = in.atWord() ? Names.number(in.peek().text()) : -1;
      if (index < 0 || index >= chain.rules().size()) {
        throw in.unexpected("write the number of a rule that there is, from 0");
      }
      in.take();
      place = (int) index + (insert ? 0 : 1);
    }
    chain.rules().add(place, new NftRule(in, state, table).read());
    in.endStatement("the rule");
    chains.checkJumps(table, where);
  }
}
