package org.larval.lab.cli;

import java.io.Console;

/** What a terminal can do that a pipe cannot. */
final class Terminal {
  private static final String RED = "\u001b[1;31m";
  private static final String PLAIN = "\u001b[0m";

  private Terminal() {}

  static boolean attached() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Leaks and unmet expectations in red; unchanged in a pipe. */
  static String alarming(String text) {
    return attached()
        ? text.replaceAll("LEAKED IN CLEAR: \\d+|NOT MET|DIFFERS", RED + "$0" + PLAIN)
        : text;
  }
}
