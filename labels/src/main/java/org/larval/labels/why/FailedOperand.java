package org.larval.labels.why;

/**
 * A comparison in a constraint that keeps it from holding.
 *
 * @param comparison as policies write it, such as {@code l1 dom l2}
 * @param left the value on its left, by name
 * @param right the value on its right, by name
 * @param detail what is wrong with the two, as a clause
 */
public record FailedOperand(String comparison, String left, String right, String detail) {
  @Override
  public String toString() {
    return comparison + ": " + detail;
  }
}
