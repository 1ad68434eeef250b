package org.larval.ike.config.swanctl;

import java.util.Map;

/** What stands behind a name in swanctl.conf. */
public sealed interface SwanctlNode {
  /** Where it begins. */
  Place where();

  /**
   * A place in a file.
   *
   * @param line from 1
   * @param column from 1
   */
  record Place(String file, int line, int column) {}

  /** The text behind an equals sign, quotes taken off. */
  record Value(Place where, String text) implements SwanctlNode {}

  /** A section's keys in the order of the file; one that comes twice has its last value. */
  record Section(Place where, Map<String, Entry> entries) implements SwanctlNode {}

  /** A name with its own place, and what it names. */
  record Entry(Place where, SwanctlNode node) {}
}
