package org.larval.secmark;

/** Messages of others, fit to stand inside of ours. */
final class OneLine {
  private OneLine() {}

  static String of(IllegalArgumentException problem) {
    return of(String.valueOf(problem.getMessage()));
  }

  /** Without line ends and what no terminal should get; cut where it is too long. */
  static String of(String message) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < message.length() && i < 300; i++) {
      char c = message.charAt(i);
      line.append(c < ' ' || c > '~' ? '?' : c);
    }
    return line.toString();
  }
}
