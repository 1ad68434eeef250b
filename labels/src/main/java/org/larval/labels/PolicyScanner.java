package org.larval.labels;

/** Cuts a small policy into words and marks, and knows where each stands. Comments begin with #. */
final class PolicyScanner {
  private static final String MARKS = "{}:;*";

  private final String text;
  private int at;
  private int lineStart;
  private int line = 1;
  private String token = "";
  private int tokenLine = 1;
  private int tokenColumn = 1;

  PolicyScanner(String text) {
    this.text = text;
    advance();
  }

  /** The token in hand; empty at the end of the text. */
  String token() {
    return token;
  }

  boolean atEnd() {
    return token.isEmpty();
  }

  boolean at(String mark) {
    return token.equals(mark);
  }

  /** Takes the token in hand. */
  String take() {
    String taken = token;
    advance();
    return taken;
  }

  void expect(String mark, String right) {
    if (!at(mark)) {
      throw unexpected(right);
    }
    advance();
  }

  PolicyTextException unexpected(String right) {
    return wrong(atEnd() ? "the text ends" : "'" + token + "' does not belong here", right);
  }

  PolicyTextException wrong(String what, String right) {
    return new PolicyTextException(tokenLine, tokenColumn, what, right);
  }

  private void advance() {
    skipSpace();
    tokenLine = line;
    tokenColumn = at - lineStart + 1;
    int start = at;
    if (at < text.length()) {
      at++;
      if (isWord(text.charAt(start))) {
        while (at < text.length() && isWord(text.charAt(at))) {
          at++;
        }
      } else if (MARKS.indexOf(text.charAt(start)) < 0) {
        throw wrong("'" + text.charAt(start) + "' means nothing", "a name, or one of { } : ; *");
      }
    }
    token = text.substring(start, at);
  }

  private void skipSpace() {
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = (end < 0 ? text.length() : end) - 1;
      } else if (c == '\n') {
        line++;
        lineStart = at + 1;
      } else if (!Character.isWhitespace(c)) {
        return;
      }
    }
  }

  private static boolean isWord(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '_'
        || c == '-'
        || c == '.';
  }
}
