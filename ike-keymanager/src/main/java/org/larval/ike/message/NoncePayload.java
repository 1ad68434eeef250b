package org.larval.ike.message;

/**
 * Freshness (RFC 7296 section 3.9).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param nonce 16 to 256 octets
 */
public record NoncePayload(boolean critical, Octets nonce) implements Payload {
  /** Fewest octets. */
  public static final int MIN = 16;

  /** Most octets. */
  public static final int MAX = 256;

  /** Not critical, as all that RFC 7296 defines. */
  public NoncePayload(Octets nonce) {
    this(false, nonce);
  }

  @Override
  public int type() {
    return PayloadType.NONCE.number();
  }
}
