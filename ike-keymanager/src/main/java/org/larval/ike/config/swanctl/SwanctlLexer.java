package org.larval.ike.config.swanctl;

import org.larval.ike.config.swanctl.SwanctlNode.Place;

/** Words, quotes and signs of swanctl.conf with their places. */
final class SwanctlLexer {
  private final String file;
  private final String text;
  private int at;
  private int line = 1;
  private int lineStart;

  SwanctlLexer(String file, String text) {
    this.file = file;
    this.text = text;
  }

  Place here() {
    return new Place(file, line, at - lineStart + 1);
  }

  boolean ended() {
    return at >= text.length();
  }

  /** The next character, or 0 at the end. */
  char peek() {
    return ended() ? 0 : text.charAt(at);
  }

  void skip() {
    if (text.charAt(at++) == '\n') {
      line++;
      lineStart = at;
    }
  }

  /** Passes by blanks, and by comments; by line ends too if they mean nothing here. */
  void blanks(boolean lines) {
    while (!ended()) {
      char c = peek();
      if (c == '#') {
        while (!ended() && peek() != '\n') {
          skip();
        }
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' && lines) {
        skip();
      } else {
        return;
      }
    }
  }

  /** A name or pattern, in quotes or not; empty if none stands here. */
  String word(String stops) throws SwanctlException {
    if (peek() == '"') {
      return quoted();
    }
    StringBuilder word = new StringBuilder();
    while (!ended() && !Character.isWhitespace(peek()) && stops.indexOf(peek()) < 0) {
      word.append(peek());
      skip();
    }
    return word.toString();
  }

  /** A value up to the end of its line, a comment or the brace that closes its section. */
  String value() throws SwanctlException {
    StringBuilder value = new StringBuilder();
    while (true) {
      int before = at;
      blanksInLine();
      char c = peek();
      if (ended() || c == '\n' || c == '#' || c == '}') {
        return value.toString();
      }
      if (!value.isEmpty() && at > before) {
        value.append(' ');
      }
      if (c == '"') {
        value.append(quoted());
      } else {
        value.append(word("#}\""));
      }
    }
  }

  private void blanksInLine() {
    while (!ended()) {
      char c = peek();
      boolean continued = c == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
      if (continued) {
        skip();
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
      skip();
    }
  }

  private String quoted() throws SwanctlException {
    Place opened = here();
    skip();
    StringBuilder quoted = new StringBuilder();
    while (true) {
      if (ended()) {
        throw new SwanctlException(opened, "a quote is not closed", "close it with \"");
      }
      char c = peek();
      skip();
      if (c == '"') {
        return quoted.toString();
      }
      if (c == '\\' && !ended()) {
        char escaped = peek();
        skip();
        switch (escaped) {
          case 'n' -> quoted.append('\n');
          case 'r' -> quoted.append('\r');
          case 't' -> quoted.append('\t');
          case '\n' -> {}
          default -> quoted.append(escaped);
        }
      } else {
        quoted.append(c);
      }
    }
  }
}
