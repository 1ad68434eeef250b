package org.larval.labels.policydb;

import java.util.Map;

/** What the symbol tables have in common: names that are entered with their values. */
final class TableReader {
  private final PolicyInput in;

  TableReader(PolicyInput in) {
    this.in = in;
  }

  NameTable table(PolicySection section) throws PolicyFileException {
    in.enter(section);
    return new NameTable(in.number("the highest value", 0, PolicyInput.MAX_VALUE));
  }

  int value(NameTable table, String what) throws PolicyFileException {
    return in.number(what + "'s value", 1, table.limit());
  }

  /** Enters a primary name. */
  void enter(NameTable table, String name, int value, int record) throws PolicyFileException {
    if (!table.alias(name, value)) {
      throw in.wrongAt(record, "'" + name + "' is there twice");
    }
    if (!table.primary(name, value)) {
      throw in.wrongAt(
          record, "'" + name + "' and '" + table.name(value) + "' have the same value " + value);
    }
  }

  /** Enters an alias, and where it stands. */
  void enterAlias(NameTable table, String name, int value, int record, Map<String, Integer> aliases)
      throws PolicyFileException {
    if (!table.alias(name, value)) {
      throw in.wrongAt(record, "'" + name + "' is there twice");
    }
    aliases.put(name, record);
  }

  void aliasesExist(NameTable table, Map<String, Integer> aliases) throws PolicyFileException {
    for (Map.Entry<String, Integer> alias : aliases.entrySet()) {
      int value = table.value(alias.getKey());
      if (!table.has(value)) {
        throw in.wrongAt(
            alias.getValue(),
            "'" + alias.getKey() + "' is an alias of value " + value + ", which has no name");
      }
    }
  }
}
