package org.larval.secmark;

/**
 * Ports that a rule matches.
 *
 * @param first 0 to 65535
 * @param last at least {@code first}
 */
public record PortRange(int first, int last) {
  /** Checks the order. */
  public PortRange {
    if (first < 0 || first > last || last > 65535) {
      throw new IllegalArgumentException(
          "ports " + first + "-" + last + " do not rise within 0..65535");
    }
  }

  boolean contains(int port) {
    return port >= first && port <= last;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
