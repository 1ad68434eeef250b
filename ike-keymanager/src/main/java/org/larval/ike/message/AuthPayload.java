package org.larval.ike.message;

/**
 * The proof of an identity (RFC 7296 section 3.8).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param method number of how it proves, see {@link AuthMethod}
 * @param data as the method defines it
 */
public record AuthPayload(boolean critical, int method, Octets data) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public AuthPayload(int method, Octets data) {
    this(false, method, data);
  }

  @Override
  public int type() {
    return PayloadType.AUTHENTICATION.number();
  }
}
