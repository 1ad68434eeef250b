package org.larval.labels.policydb;

import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;

/** The sensitivities and categories of a policy. */
public final class Sensitivities {
  private final NameTable names;
  private final CategorySet[] allowed;
  private final NameTable categories;

  Sensitivities(NameTable names, CategorySet[] allowed, NameTable categories) {
    this.names = names;
    this.allowed = allowed;
    this.categories = categories;
  }

  /** The names of the sensitivities; a higher value dominates. */
  public NameTable names() {
    return names;
  }

  /** The names of the categories. */
  public NameTable categories() {
    return categories;
  }

  /** The categories that a level of this sensitivity may have. */
  public CategorySet allowed(int sensitivity) {
    return allowed[sensitivity];
  }

  /** Whether the sensitivity exists and may have these categories (mls_level_isvalid). */
  public boolean valid(MlsLevel level) {
    int value = level.sensitivity() + 1;
    return names.has(value) && allowed[value].containsAll(level.categories());
  }
}
