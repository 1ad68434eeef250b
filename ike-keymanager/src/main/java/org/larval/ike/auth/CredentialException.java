package org.larval.ike.auth;

/** A key or certificate that cannot be used; the message says why in one sentence. */
public final class CredentialException extends Exception {
  private static final long serialVersionUID = 1;

  /** One sentence without secrets. */
  public CredentialException(String message) {
    super(message);
  }
}
