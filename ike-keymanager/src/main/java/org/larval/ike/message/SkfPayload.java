package org.larval.ike.message;

/**
 * A part of what an encrypted payload would have, encrypted (RFC 7383); always the last of its
 * message.
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param inner number of the first payload inside; 0 unless this is the first fragment
 * @param number of this fragment, from 1
 * @param total of fragments
 * @param body IV, ciphertext and check value
 */
public record SkfPayload(boolean critical, int inner, int number, int total, Octets body)
    implements Payload {
  /** Not critical, as all that RFC 7296 defines. */
  public SkfPayload(int inner, int number, int total, Octets body) {
    this(false, inner, number, total, body);
  }

  @Override
  public int type() {
    return PayloadType.ENCRYPTED_FRAGMENT.number();
  }
}
