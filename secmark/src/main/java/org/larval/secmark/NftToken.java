package org.larval.secmark;

/**
 * A piece of nft's grammar and where it stands.
 *
 * @param text without quotes
 */
record NftToken(Kind kind, String text, int line, int column) {
  /** What sort of piece. */
  enum Kind {
    WORD,
    QUOTED,
    SYMBOL,
    /** A line end or a semicolon. */
    END_OF_STATEMENT,
    END_OF_FILE
  }

  boolean is(String plain) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equals(plain);
  }

  boolean endsStatement() {
    return kind == Kind.END_OF_STATEMENT || kind == Kind.END_OF_FILE;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case QUOTED -> "\"" + text + "\"";
      case END_OF_STATEMENT -> text.equals(";") ? "';'" : "the end of the line";
      case END_OF_FILE -> "the end of the file";
      default -> "'" + text + "'";
    };
  }
}
