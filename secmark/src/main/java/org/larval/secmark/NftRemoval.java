package org.larval.secmark;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Carries out {@code flush}, {@code delete} and {@code destroy}. */
final class NftRemoval {
  private final RuleState state;
  private final NftCursor in;
  private final NftTables tables;
  private final NftObjects objects;

  NftRemoval(RuleState state, NftCursor in, NftTables tables, NftObjects objects) {
    this.state = state;
    this.in = in;
    this.tables = tables;
    this.objects = objects;
  }

  void flush() {
    NftToken what = in.peek();
    switch (in.word("ruleset, table, chain, set or map")) {
      case "ruleset" -> {
        if (in.atWord()) {
          int version = tables.version();
          state.tables.values().removeIf(table -> table.version == version);
        } else {
          state.tables.clear();
        }
      }
      case "table" -> tables.existing().chains.values().forEach(chain -> chain.rules().clear());
      case "chain" -> {
        NftTable table = tables.existing();
        existingChain(table).rules().clear();
      }
      case "set", "map" -> {
        NftTable table = tables.existing();
        objects.set(table).values().clear();
      }
      default -> throw in.wrong(what, what + " cannot be flushed", "flush ruleset or a table");
    }
    in.endStatement("the command");
  }

  private Chain existingChain(NftTable table) {
    NftToken where = in.peek();
    String name = in.name("the name of a chain");
    Chain chain = table.chains.get(name);
    if (chain == null) {
      throw in.wrong(
          where, "table " + table.title() + " has no chain '" + name + "'", "name one that it has");
    }
    return chain;
  }

  void delete(boolean destroy) {
    NftToken what = in.peek();
    switch (in.word("table, chain, set, map, element or secmark")) {
      case "table" -> {
        int version = tables.version();
        NftToken where = in.peek();
        String name = in.name("the name of a table");
        if (state.tables.remove(NftTables.key(version, name)) == null && !destroy) {
          throw in.wrong(where, "there is no such table", "add it before, or leave this out");
        }
      }
      case "chain" -> deleteChain();
      case "element" -> {
        objects.elements(tables.existing(), true);
        return;
      }
      case "set", "map" -> deleteSet();
      case "secmark" -> deleteSecmark();
      default ->
          throw in.wrong(
              what, what + " cannot be deleted here", "delete a table, chain, set or element");
    }
    in.endStatement("the command");
  }

  private void deleteChain() {
    NftTable table = tables.existing();
    NftToken where = in.peek();
    Chain chain = existingChain(table);
    if (usesAny(table, step -> leadsTo(step, chain)) || !chain.rules().isEmpty()) {
      throw in.wrong(where, "the chain is in use or has rules", "flush it and what jumps to it");
    }
    table.chains.remove(chain.name());
  }

  private static boolean leadsTo(RuleStep step, Chain chain) {
    Rule rule = new Rule(List.of(step), "", "");
    Chain one = new Chain("", "");
    one.rules().add(rule);
    return ChainGraph.targets(one).contains(chain);
  }

  private void deleteSet() {
    NftTable table = tables.existing();
    NftToken where = in.peek();
    NftTable.Named set = objects.set(table);
    if (usesAny(table, step -> set.values() == valuesOf(step))) {
      throw in.wrong(where, "a rule uses the set", "delete the rule before");
    }
    table.sets.remove(set.name());
  }

  private static @Nullable ValueSet valuesOf(RuleStep step) {
    return switch (step) {
      case Match.Lookup lookup -> lookup.set();
      case Statement.MapSecmark map -> map.lookup().map();
      case Statement.VerdictMap map -> map.lookup().map();
      default -> null;
    };
  }

  private void deleteSecmark() {
    NftTable table = tables.existing();
    NftToken where = in.peek();
    String name = in.name("the name of a secmark");
    SecmarkObject object = table.secmarks.get(name);
    if (object == null) {
      throw in.wrong(where, "there is no such secmark", "name one that the table has");
    }
    boolean used = usesAny(table, step -> step.equals(new Statement.SetSecmark(object)));
    for (Map.Entry<String, NftTable.Named> set : table.sets.entrySet()) {
      used |=
          set.getValue().values().elements().stream()
              .anyMatch(element -> object.equals(element.datum()));
    }
    if (used) {
      throw in.wrong(where, "a rule or map uses the secmark", "delete the rule before");
    }
    table.secmarks.remove(name);
  }

  private static boolean usesAny(NftTable table, Predicate<? super RuleStep> test) {
    return table.chains.values().stream()
        .flatMap(chain -> chain.rules().stream())
        .flatMap(rule -> rule.steps().stream())
        .anyMatch(test);
  }
}
