package org.larval.secmark;

import java.util.List;

/** A place among the tokens of a file. */
final class NftCursor {
  private final String file;
  private final List<NftToken> tokens;
  private int at;

  NftCursor(String file, List<NftToken> tokens) {
    this.file = file;
    this.tokens = tokens;
  }

  String file() {
    return file;
  }

  int place() {
    return at;
  }

  void goTo(int place) {
    at = place;
  }

  NftToken peek() {
    return tokens.get(at);
  }

  NftToken peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  NftToken take() {
    NftToken token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  boolean at(String plain) {
    return peek().is(plain);
  }

  boolean accept(String plain) {
    if (at(plain)) {
      take();
      return true;
    }
    return false;
  }

  void expect(String plain, String right) {
    if (!accept(plain)) {
      throw unexpected(right);
    }
  }

  boolean atWord() {
    return peek().kind() == NftToken.Kind.WORD;
  }

  boolean atQuoted() {
    return peek().kind() == NftToken.Kind.QUOTED;
  }

  boolean atEnd() {
    return peek().kind() == NftToken.Kind.END_OF_FILE;
  }

  /** A word that is what {@code what} says. */
  String word(String what) {
    if (!atWord()) {
      throw unexpected("write " + what);
    }
    return take().text();
  }

  String name(String what) {
    NftToken token = peek();
    if (!atWord() || token.text().endsWith("*") || !isName(token.text())) {
      throw unexpected("write " + what);
    }
    if (NftKeywords.has(token.text())) {
      throw wrong(token + " is a word of nft's own", "write " + what);
    }
    if (token.text().length() > 255) {
      throw wrong("the name is too long", "use at most 255 characters");
    }
    return take().text();
  }

  private static boolean isName(String text) {
    char first = text.charAt(0);
    return first < '0' || first > '9' || text.length() > 40;
  }

  /** A text of any kind, in quotes or one plain word. */
  String text(String what) {
    if (!atQuoted() && (!atWord() || NftKeywords.has(peek().text()))) {
      throw unexpected("write " + what + " in quotes");
    }
    return take().text();
  }

  void skipLineEnds() {
    while (peek().kind() == NftToken.Kind.END_OF_STATEMENT) {
      take();
    }
  }

  /** The end of a statement, or the brace that ends the block. */
  void endStatement(String after) {
    if (peek().endsStatement()) {
      take();
    } else if (!at("}")) {
      throw unexpected("end the line after " + after);
    }
  }

  /** Over a block whose opening brace is at hand. */
  void skipBlock() {
    NftToken open = peek();
    int depth = 0;
    do {
      if (atEnd()) {
        throw wrong(open, "the brace is not closed", "close it with '}'");
      }
      depth += at("{") ? 1 : at("}") ? -1 : 0;
      take();
    } while (depth > 0);
  }

  /** What stands between two places, in one line. */
  String text(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to && text.length() < 400; i++) {
      NftToken token = tokens.get(i);
      if (token.kind() != NftToken.Kind.END_OF_STATEMENT) {
        text.append(text.isEmpty() ? "" : " ");
        text.append(
            token.kind() == NftToken.Kind.QUOTED ? "\"" + token.text() + "\"" : token.text());
      }
    }
    return text.toString();
  }

  RuleException unexpected(String right) {
    return wrong(peek() + " does not belong here", right);
  }

  RuleException wrong(String what, String right) {
    return wrong(peek(), what, right);
  }

  RuleException wrong(NftToken where, String what, String right) {
    return new RuleException(file, where.line(), where.column(), what, right);
  }
}
