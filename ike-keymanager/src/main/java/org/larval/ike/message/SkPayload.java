package org.larval.ike.message;

/**
 * Payloads, encrypted (RFC 7296 section 3.14); always the last of its message.
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param inner number of the first payload inside, 0 if there is none
 * @param body IV, ciphertext and check value
 */
public record SkPayload(boolean critical, int inner, Octets body) implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public SkPayload(int inner, Octets body) {
    this(false, inner, body);
  }

  @Override
  public int type() {
    return PayloadType.ENCRYPTED.number();
  }
}
