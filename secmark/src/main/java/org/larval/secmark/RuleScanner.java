package org.larval.secmark;

import org.larval.labels.PolicyTextException;

/**
 * Cuts rules into words, quoted strings, braces and line ends, and knows where each stands.
 * Comments begin with #.
 */
final class RuleScanner {
  /** What {@link #word()} is at the end of a line. */
  static final String LINE_END = "\n";

  private final String text;
  private int at;
  private int lineStart;
  private int line = 1;
  private int tokenLine = 1;
  private int tokenColumn = 1;
  private String word = "";
  private boolean quoted;

  RuleScanner(String text) {
    this.text = text;
    advance();
  }

  /** The word in hand, without quotes; {@link #LINE_END}, or empty at the end of the text. */
  String word() {
    return word;
  }

  /** Whether the word in hand stood in quotes. */
  boolean quoted() {
    return quoted;
  }

  boolean atEnd() {
    return word.isEmpty() && !quoted;
  }

  boolean at(String plain) {
    return !quoted && word.equals(plain);
  }

  boolean atLineEnd() {
    return atEnd() || at(LINE_END) || at(";");
  }

  String take() {
    String taken = word;
    advance();
    return taken;
  }

  void expect(String plain, String right) {
    if (!at(plain)) {
      throw unexpected(right);
    }
    advance();
  }

  void skipLineEnds() {
    while (at(LINE_END) || at(";")) {
      advance();
    }
  }

  PolicyTextException unexpected(String right) {
    String found = quoted ? "\"" + word + "\"" : "'" + word + "'";
    return wrong(
        atEnd() || at(LINE_END) ? "the line ends" : found + " does not belong here", right);
  }

  PolicyTextException wrong(String what, String right) {
    return new PolicyTextException(tokenLine, tokenColumn, what, right);
  }

  private void advance() {
    skipSpace();
    tokenLine = line;
    tokenColumn = at - lineStart + 1;
    quoted = false;
    if (at == text.length()) {
      word = "";
      return;
    }
    int start = at++;
    char first = text.charAt(start);
    if (first == '\n') {
      line++;
      lineStart = at;
    } else if (first == '"') {
      takeQuoted(start);
      return;
    } else if (!isMark(first)) {
      while (at < text.length() && !endsWord(text.charAt(at))) {
        at++;
      }
    }
    word = text.substring(start, at);
  }

  private void takeQuoted(int start) {
    int end = text.indexOf('"', at);
    int lineEnd = text.indexOf('\n', at);
    if (end < 0 || lineEnd >= 0 && lineEnd < end) {
      throw wrong("the quoted text does not end", "'\"' on the same line");
    }
    quoted = true;
    word = text.substring(start + 1, end);
    at = end + 1;
  }

  private void skipSpace() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (c == '\n' || !Character.isWhitespace(c)) {
        return;
      } else {
        at++;
      }
    }
  }

  private static boolean isMark(char c) {
    return c == '{' || c == '}' || c == ';' || c == '&';
  }

  private static boolean endsWord(char c) {
    return Character.isWhitespace(c) || c == '"' || c == '#' || isMark(c);
  }
}
