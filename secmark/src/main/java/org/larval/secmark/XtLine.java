package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;

/** The words of one line, as iptables-restore parts them, and a place among them. */
final class XtLine {
  private static final int MAX_WORDS = 255;

  private final String file;
  private final int number;
  private final String text;
  private final List<XtWord> words = new ArrayList<>();
  private int at;

  private XtLine(String file, int number, String text) {
    this.file = file;
    this.number = number;
    this.text = text;
  }

  /** Parts a line at blanks; double quotes hold words together, with a backslash before others. */
  static XtLine of(String file, int number, String text) {
    XtLine line = new XtLine(file, number, text);
    int at = 0;
    while (at < text.length()) {
      if (isBlank(text.charAt(at))) {
        at++;
        continue;
      }
      at = line.word(at);
      if (line.words.size() > MAX_WORDS) {
        throw line.wrong(line.words.getLast(), "the line has too many words", "use several rules");
      }
    }
    return line;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private int word(int start) {
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    int i = start;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (quoted && c == '\\' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else if (!quoted && isBlank(c)) {
        break;
      } else if (c < ' ') {
        throw wrong(new XtWord("", number, i + 1), "a control character stands here", "remove it");
      } else {
        word.append(c);
      }
    }
    XtWord found = new XtWord(word.toString(), number, start + 1);
    if (quoted) {
      throw wrong(found, "the quotes are not closed", "close them with '\"'");
    }
    words.add(found);
    return i;
  }

  String file() {
    return file;
  }

  /** From 1. */
  int number() {
    return number;
  }

  /** As it was written, or the beginning of it. */
  String text() {
    return text.length() > 400 ? text.substring(0, 400) : text;
  }

  boolean atEnd() {
    return at == words.size();
  }

  /** Whether a word says that the line is for one IP version: files may be for both. */
  boolean isFor(int version) {
    String letter = "-" + version;
    String name = "--ipv" + version;
    return words.stream().anyMatch(word -> word.is(letter) || word.is(name));
  }

  /** The word at hand; at the end of the line an empty one. */
  XtWord peek() {
    return atEnd() ? new XtWord("", number, text.length() + 1) : words.get(at);
  }

  XtWord take() {
    XtWord word = peek();
    at = Math.min(at + 1, words.size());
    return word;
  }

  /** Puts a word before the one at hand: the rest of a word that held two. */
  void push(XtWord word) {
    words.add(at, word);
  }

  /** A word that is what {@code what} says: what an option needs. */
  XtWord value(XtWord option, String what) {
    if (atEnd()) {
      throw wrong(option, option + " lacks its value", "write " + what + " behind it");
    }
    return take();
  }

  RuleException wrong(XtWord where, String what, String right) {
    return new RuleException(file, where.line(), where.column(), what, right);
  }
}
