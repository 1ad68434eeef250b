package org.larval.lab.cli;

import java.io.PrintWriter;

/** One line that overwrites itself on a terminal; nothing in a pipe. */
final class Progress {
  private final PrintWriter err;
  private final boolean terminal;
  private int shown;

  Progress(PrintWriter err) {
    this.err = err;
    terminal = Terminal.attached();
  }

  void show(String what) {
    if (terminal) {
      err.print("\r" + what + " ".repeat(Math.max(0, shown - what.length())));
      err.flush();
      shown = what.length();
    }
  }

  void clear() {
    if (terminal && shown > 0) {
      err.print("\r" + " ".repeat(shown) + "\r");
      err.flush();
      shown = 0;
    }
  }
}
