package org.larval.secmark;

/** Reads secmark objects, counters, sets and maps, and the elements of these. */
final class NftObjects {
  private static final int MAX_CONTEXT = 255;

  private final RuleState state;
  private final NftCursor in;
  private final NftSets sets;

  NftObjects(RuleState state, NftCursor in) {
    this.state = state;
    this.in = in;
    sets = new NftSets(in, state);
  }

  void declareSecmark(NftTable table, boolean create) {
    NftToken where = in.peek();
    String name = in.name("the name of the secmark");
    boolean braces = in.accept("{");
    if (braces) {
      in.skipLineEnds();
    }
    if (!in.atQuoted()) {
      throw in.unexpected("write the context in quotes");
    }
    SecmarkObject object = label(name);
    in.take();
    if (braces) {
      in.skipLineEnds();
      in.expect("}", "close the secmark with '}'");
    }
    SecmarkObject before = table.secmarks.get(name);
    if (create && before != null) {
      throw in.wrong(where, "the secmark is there already", "write 'add'");
    }
    if (before == null) {
      table.secmarks.put(name, object);
    }
  }

  private SecmarkObject label(String name) {
    String context = in.peek().text();
    if (context.length() > MAX_CONTEXT) {
      throw in.wrong("the context is too long", "use at most " + MAX_CONTEXT + " characters");
    }
    try {
      return state.label(name, context);
    } catch (IllegalArgumentException e) {
      throw in.wrong(
          "rules cannot use this context: " + OneLine.of(e), "write a context of the policy");
    }
  }

  void declareCounter(NftTable table) {
    table.counters.add(in.name("the name of the counter"));
    if (in.at("{")) {
      in.skipBlock();
    }
  }

  void declareSet(NftTable table, boolean map, boolean create) {
    NftToken where = in.peek();
    String name = in.name("a name");
    NftSetBlock block = new NftSetBlock(in, table, map);
    int elements = block.read();
    NftTable.Named before = table.sets.get(name);
    NftTable.Named set = before == null ? block.named(where, name) : before;
    if (before != null && create) {
      throw in.wrong(where, "the set is there already", "write 'add'");
    }
    if (before != null && !before.key().equals(block.named(where, name).key())) {
      throw in.wrong(where, "the set is there already with another type", "use another name");
    }
    table.sets.put(name, set);
    if (elements >= 0) {
      int end = in.place();
      in.goTo(elements);
      sets.read(shape(table, set), set.values());
      in.goTo(end);
    }
    checkSize(where, set);
  }

  private void checkSize(NftToken where, NftTable.Named set) {
    if (set.size() > 0 && set.values().elements().size() > set.size()) {
      throw in.wrong(
          where, "the set has more elements than its size of " + set.size(), "raise the size");
    }
  }

  private NftSets.Shape shape(NftTable table, NftTable.Named set) {
    DataType datum = set.datum();
    return new NftSets.Shape(
        set.key(),
        set.intervals(),
        set.autoMerge(),
        datum == null ? null : at -> new NftMaps(at, state, table).datum(at, datum));
  }

  NftTable.Named set(NftTable table) {
    NftToken where = in.peek();
    String name = in.name("the name of a set");
    NftTable.Named set = table.sets.get(name);
    if (set == null) {
      throw in.wrong(
          where, "table " + table.title() + " has no set '" + name + "'", "add the set before");
    }
    return set;
  }

  void elements(NftTable table, boolean delete) {
    NftToken where = in.peek();
    NftTable.Named set = set(table);
    if (delete) {
      NftSets.Shape shape = new NftSets.Shape(set.key(), set.intervals(), set.autoMerge(), null);
      sets.remove(shape, set.values());
    } else {
      sets.read(shape(table, set), set.values());
      checkSize(where, set);
    }
    in.endStatement("the elements");
  }
}
