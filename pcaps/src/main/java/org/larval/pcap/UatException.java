package org.larval.pcap;

/** A line of one of Wireshark's tables that cannot be understood. */
public final class UatException extends Exception {
  private static final long serialVersionUID = 1;

  private final int line;

  UatException(int line, String message) {
    super(message);
    this.line = line;
  }

  /** The line, from 1. */
  public int line() {
    return line;
  }
}
