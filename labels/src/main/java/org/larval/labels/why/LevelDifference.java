package org.larval.labels.why;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.policydb.Contexts;

/** What one level has that another has not, by the policy's names. */
public final class LevelDifference {
  private LevelDifference() {}

  /**
   * What a level lacks to dominate another: a sensitivity, categories, both or nothing.
   *
   * @param contexts the policy's names
   */
  public static List<String> lacks(Contexts contexts, MlsLevel level, MlsLevel other) {
    List<String> lacks = new ArrayList<>();
    if (level.sensitivity() < other.sensitivity()) {
      lacks.add("sensitivity " + sensitivity(contexts, other));
    }
    CategorySet missing = missing(level.categories(), other.categories());
    if (!missing.isEmpty()) {
      lacks.add(categories(contexts, missing));
    }
    return lacks;
  }

  /** A level's sensitivity by name. */
  static String sensitivity(Contexts contexts, MlsLevel level) {
    return contexts.text(new MlsLevel(level.sensitivity(), CategorySet.EMPTY));
  }

  /** Categories of the other that are not in the set. */
  static CategorySet missing(CategorySet set, CategorySet other) {
    BitSet bits = new BitSet();
    for (int category = other.next(0); category >= 0; category = other.next(category + 1)) {
      if (!set.contains(category)) {
        bits.set(category);
      }
    }
    return CategorySet.of(bits);
  }

  /** Categories by name, as in a level; empty for none. */
  static String categories(Contexts contexts, CategorySet set) {
    if (set.isEmpty()) {
      return "";
    }
    String level = contexts.text(new MlsLevel(0, set));
    return level.substring(level.indexOf(':') + 1);
  }
}
