package org.larval.ike.message;

/**
 * A public value (RFC 7296 section 3.4).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param method number of the key exchange method, as in {@link Transform#KE}
 * @param data as the method defines it
 */
public record KePayload(boolean critical, int method, Octets data) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public KePayload(int method, Octets data) {
    this(false, method, data);
  }

  @Override
  public int type() {
    return PayloadType.KEY_EXCHANGE.number();
  }
}
