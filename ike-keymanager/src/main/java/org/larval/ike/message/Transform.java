package org.larval.ike.message;

/**
 * One algorithm that a proposal offers (RFC 7296 section 3.3.2).
 *
 * @param type what it is for, {@link #ENCR} to {@link #ADDKE1} + 6, or a number we do not know
 * @param id the algorithm, 0 to 65535, from the registry of its type
 * @param keyBits the Key Length attribute, or 0 where there is none
 * @param attributes other attributes as they came; a transform with any is not understood, RFC 7296
 *     section 3.3.6
 */
public record Transform(int type, int id, int keyBits, Octets attributes) {
  /** Encryption. */
  public static final int ENCR = 1;

  /** Pseudorandom function. */
  public static final int PRF = 2;

  /** Integrity. */
  public static final int INTEG = 3;

  /** Key exchange method. */
  public static final int KE = 4;

  /** Sequence numbers: 0 of 32 bits, 1 extended (RFC 4304). */
  public static final int SN = 5;

  /** The first of seven additional key exchanges (RFC 9370). */
  public static final int ADDKE1 = 6;

  /** Without other attributes. */
  public Transform(int type, int id, int keyBits) {
    this(type, id, keyBits, Octets.EMPTY);
  }

  /** Without a key length. */
  public Transform(int type, int id) {
    this(type, id, 0);
  }

  /** As strongSwan's proposals spell it, {@code aes128gcm16} for example. */
  @Override
  public String toString() {
    return TransformName.of(this);
  }
}
