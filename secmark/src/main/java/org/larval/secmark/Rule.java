package org.larval.secmark;

import java.util.List;

/**
 * A rule: its parts in order, and where it came from.
 *
 * @param text as it was written
 * @param where file and line
 */
record Rule(List<RuleStep> steps, String text, String where) {
  Rule {
    steps = List.copyOf(steps);
  }

  @Override
  public String toString() {
    return where + ": " + text;
  }
}
