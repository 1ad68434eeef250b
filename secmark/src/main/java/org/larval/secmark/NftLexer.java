package org.larval.secmark;

import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;

/** Cuts nft's text into tokens, as its scanner does. */
final class NftLexer {
  private static final String[] SYMBOLS = {
    "<<", ">>", "==", "!=", "<=", ">=", "{", "}", "(", ")", ",", "=", "<", ">", "&", "|", "^", "@",
    "$", "-", ":", "/", ".", "!", "*", "+", "[", "]"
  };

  private final String file;
  private final String text;
  private final List<NftToken> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int lineStart;

  NftLexer(String file, String text) {
    this.file = file;
    this.text = text;
  }

  List<NftToken> tokens() {
    if (text.length() > Ruleset.MAX_TEXT) {
      throw new RuleException(file, 1, 1, "the text is too long", "keep it under 8 MiB");
    }
    while (at < text.length()) {
      next(text.charAt(at));
    }
    tokens.add(new NftToken(NftToken.Kind.END_OF_FILE, "", line, at - lineStart + 1));
    return tokens;
  }

  private void next(char c) {
    if (c == '\n') {
      add(NftToken.Kind.END_OF_STATEMENT, at + 1);
      newLine();
    } else if (c == ';') {
      add(NftToken.Kind.END_OF_STATEMENT, at + 1);
    } else if (c == ' ' || c == '\t' || c == '\r') {
      at++;
    } else if (c == '#') {
      int end = text.indexOf('\n', at);
      at = end < 0 ? text.length() : end;
    } else if (c == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\n') {
      at += 2;
      newLine();
    } else if (c == '"') {
      quoted();
    } else if (!address() && !word(c)) {
      symbol();
    }
  }

  private void newLine() {
    line++;
    lineStart = at;
  }

  private void add(NftToken.Kind kind, int end) {
    tokens.add(new NftToken(kind, text.substring(at, end), line, at - lineStart + 1));
    at = end;
  }

  private void quoted() {
    int end = text.indexOf('"', at + 1);
    if (end < 0) {
      throw wrong("the quoted text does not end", "close it with '\"'");
    }
    String inside = text.substring(at + 1, end);
    tokens.add(new NftToken(NftToken.Kind.QUOTED, inside, line, at - lineStart + 1));
    for (int i = at; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    at = end + 1;
  }

  /** An address: it may look like a word or a number with colons. */
  private boolean address() {
    int end = at;
    int colons = 0;
    int dots = 0;
    while (end < text.length() && end - at < 46) {
      char c = text.charAt(end);
      if (c == ':') {
        colons++;
      } else if (c == '.') {
        dots++;
      } else if (Character.digit(c, 16) < 0 || c > 127) {
        break;
      }
      end++;
    }
    if (end < text.length()
        && (isWordPart(text.charAt(end)) && text.charAt(end) != '-' && text.charAt(end) != '/')) {
      return false;
    }
    String candidate = text.substring(at, end);
    if (colons >= 2 && NetUtil.isValidIpV6Address(candidate)
        || colons == 0 && dots == 3 && NetUtil.isValidIpV4Address(candidate)) {
      add(NftToken.Kind.WORD, end);
      return true;
    }
    return false;
  }

  private boolean word(char first) {
    if (!isLetter(first) && first != '_' && !isDigit(first)) {
      return false;
    }
    boolean number = isDigit(first);
    int end = at + 1;
    while (end < text.length()) {
      char c = text.charAt(end);
      if (number ? !isLetter(c) && !isDigit(c) : !isWordPart(c)) {
        break;
      }
      end++;
    }
    if (!number && end < text.length() && text.charAt(end) == '*') {
      end++;
    }
    add(NftToken.Kind.WORD, end);
    return true;
  }

  private void symbol() {
    for (String symbol : SYMBOLS) {
      if (text.startsWith(symbol, at)) {
        add(NftToken.Kind.SYMBOL, at + symbol.length());
        return;
      }
    }
    throw wrong("'" + printable(text.charAt(at)) + "' does not belong here", "take it out");
  }

  private static String printable(char c) {
    return c < ' ' || c > '~' ? "\\u%04x".formatted((int) c) : String.valueOf(c);
  }

  private RuleException wrong(String what, String right) {
    return new RuleException(file, line, at - lineStart + 1, what, right);
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isWordPart(char c) {
    return isLetter(c) || isDigit(c) || c == '_' || c == '/' || c == '-' || c == '.';
  }
}
