package org.larval.labels.source;

import java.util.function.Supplier;
import org.larval.labels.PolicyTextException;

/**
 * Cuts statements of the policy language into words and marks, and knows where each stands.
 * Comments begin with #.
 */
final class StatementScanner {
  private static final String MARKS = "{}():;,*~-!^";
  private static final String[] DOUBLE = {"==", "!=", "&&", "||"};

  private final String text;
  private int at;
  private int lineStart;
  private int line = 1;
  private String token = "";
  private int tokenLine = 1;
  private int tokenColumn = 1;

  StatementScanner(String text) {
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

  /** Takes the token in hand if it is this one. */
  boolean takes(String mark) {
    if (at(mark)) {
      advance();
      return true;
    }
    return false;
  }

  /** Takes the token in hand. */
  String take() {
    String taken = token;
    advance();
    return taken;
  }

  void expect(String mark, String right) {
    if (!takes(mark)) {
      throw unexpected(right);
    }
  }

  /** Takes a name. */
  String word(String right) {
    if (atEnd() || !isWord(token.charAt(0)) || token.charAt(0) == '-') {
      throw unexpected(right);
    }
    return take();
  }

  /** Whether the token in hand is a text in quotes. */
  boolean atQuoted() {
    return token.startsWith("\"");
  }

  /** Takes a text in quotes, and gives it without them. */
  String takeQuoted() {
    return take().substring(1).replace("\"", "");
  }

  PolicyTextException unexpected(String right) {
    return wrong(atEnd() ? "the text ends" : "'" + token + "' does not belong here", right);
  }

  PolicyTextException wrong(String what, String right) {
    return new PolicyTextException(tokenLine, tokenColumn, what, right);
  }

  /** Looks up the name in hand before it is taken, so that a complaint names its place. */
  <T> T checked(Supplier<T> look) {
    int atLine = tokenLine;
    int atColumn = tokenColumn;
    try {
      return look.get();
    } catch (PolicyTextException problem) {
      throw problem;
    } catch (IllegalArgumentException problem) {
      String message = String.valueOf(problem.getMessage());
      int semicolon = message.lastIndexOf("; ");
      throw new PolicyTextException(
          atLine,
          atColumn,
          semicolon < 0 ? message : message.substring(0, semicolon),
          semicolon < 0 ? "a correct one" : right(message.substring(semicolon + 2)));
    }
  }

  /** The word behind the token in hand, if it follows on the same line; else empty. */
  String afterToken() {
    int start = at;
    while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
      start++;
    }
    int end = start;
    while (end < text.length() && isWord(text.charAt(end))) {
      end++;
    }
    return text.substring(start, end);
  }

  private static String right(String remedy) {
    return remedy.startsWith("write ") ? remedy.substring(6) : remedy;
  }

  private void advance() {
    skipSpace();
    tokenLine = line;
    tokenColumn = at - lineStart + 1;
    int start = at;
    if (at < text.length()) {
      for (String mark : DOUBLE) {
        if (text.startsWith(mark, at)) {
          at += 2;
          token = mark;
          return;
        }
      }
      at++;
      char first = text.charAt(start);
      if (first != '-' && isWord(first)) {
        while (at < text.length() && isWord(text.charAt(at))) {
          at++;
        }
      } else if (first == '"') {
        quoted();
      } else if (MARKS.indexOf(first) < 0) {
        throw wrong("'" + first + "' means nothing", "a name, or one of { } ( ) : ; , * ~ -");
      }
    }
    token = text.substring(start, at);
  }

  /** A name of a file (checkpolicy's policy_scan.l). */
  private void quoted() {
    while (at < text.length()
        && (isWord(text.charAt(at)) || "+~: ".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == text.length() || text.charAt(at) != '"' || text.charAt(at - 1) == '"') {
      throw wrong("this is no name of a file", "letters, digits, _ . - + ~ : and blanks in quotes");
    }
    at++;
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
