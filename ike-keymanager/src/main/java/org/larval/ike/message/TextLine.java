package org.larval.ike.message;

/**
 * A line of a tree.
 *
 * @param depth how far to the right, from 0
 * @param name of what it is about
 * @param text what there is to say, may be empty
 */
public record TextLine(int depth, String name, String text) {
  /** Two blanks for each step to the right. */
  @Override
  public String toString() {
    return "  ".repeat(depth) + name + (text.isEmpty() ? "" : " " + text);
  }
}
