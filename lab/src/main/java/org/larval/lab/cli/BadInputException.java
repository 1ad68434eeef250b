package org.larval.lab.cli;

/** Words on the command line that cannot be obeyed; the message says what would be right. */
final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BadInputException(String what, String remedy) {
    super(what + "; " + remedy);
  }
}
