package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The sensitivities and categories of a policy in the making. */
final class LevelTable {
  final NameList sensitivities = new NameList("sensitivity");

  /** The categories of each sensitivity, at its value minus one. */
  final List<BitSet> categoriesOf = new ArrayList<>();

  final NameList categories = new NameList("category");

  void category(String name, List<String> aliases) {
    int value = categories.add(name);
    aliases.forEach(alias -> categories.alias(alias, value));
  }

  /** Declares a sensitivity above those declared before, with all categories declared by now. */
  void sensitivity(String name, List<String> aliases) {
    int value = sensitivities.add(name);
    aliases.forEach(alias -> sensitivities.alias(alias, value));
    BitSet all = new BitSet();
    all.set(0, categories.size());
    categoriesOf.add(all);
  }

  /** Restricts a sensitivity to some categories, such as {@code c0.c127}. */
  void restrict(String sensitivity, String items) {
    BitSet set = new BitSet();
    for (String item : items.split(",", -1)) {
      int dot = item.indexOf('.');
      int first = categories.known(dot < 0 ? item : item.substring(0, dot));
      int last = dot < 0 ? first : categories.known(item.substring(dot + 1));
      if (last < first) {
        throw new IllegalArgumentException("'" + item + "' does not rise; write one like c0.c5");
      }
      set.set(first - 1, last);
    }
    categoriesOf.set(sensitivities.known(sensitivity) - 1, set);
  }

  /** The lowest level as text. */
  String lowest() {
    return sensitivities.name(1);
  }

  /** The highest level as text. */
  String highest() {
    int last = sensitivities.size();
    StringBuilder text = new StringBuilder(sensitivities.name(last));
    BitSet set = categoriesOf.get(last - 1);
    String separator = ":";
    for (int first = set.nextSetBit(0); first >= 0; ) {
      int end = set.nextClearBit(first);
      text.append(separator).append(categories.name(first + 1));
      if (end - first > 1) {
        text.append('.').append(categories.name(end));
      }
      separator = ",";
      first = set.nextSetBit(end);
    }
    return text.toString();
  }

  /** Declares all levels in a table that has none. */
  void copyTo(LevelTable other) {
    for (int value = 1; value <= categories.size(); value++) {
      other.category(categories.name(value), aliases(categories, value));
    }
    for (int value = 1; value <= sensitivities.size(); value++) {
      other.sensitivity(sensitivities.name(value), aliases(sensitivities, value));
      other.categoriesOf.set(value - 1, categoriesOf.get(value - 1));
    }
  }

  private static List<String> aliases(NameList names, int value) {
    List<String> aliases = new ArrayList<>();
    names
        .all()
        .forEach(
            (name, its) -> {
              if (its == value && names.isAlias(name, value)) {
                aliases.add(name);
              }
            });
    return aliases;
  }
}
