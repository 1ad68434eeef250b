package org.larval.ike.crypto;

/** A peer's public value that must not be used; the message says which test it failed. */
public final class KeyExchangeException extends Exception {
  private static final long serialVersionUID = 1;

  /** One sentence. */
  public KeyExchangeException(String message) {
    super(message);
  }
}
