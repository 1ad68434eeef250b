package org.larval.secmark;

/**
 * A word of a line for iptables and where it stands.
 *
 * @param text without quotes and backslashes
 */
record XtWord(String text, int line, int column) {
  boolean is(String plain) {
    return text.equals(plain);
  }

  @Override
  public String toString() {
    return "'" + text + "'";
  }
}
