package org.larval.ike.eap;

/** A method that cannot go on; the message is one sentence without secrets. */
public final class EapException extends Exception {
  private static final long serialVersionUID = 1;

  /** One sentence. */
  public EapException(String message) {
    super(message);
  }
}
