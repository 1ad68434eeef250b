package org.larval.xfrm;

/**
 * One keyed authenticated cipher (RFC 5116) as ESP uses it: the smallest thing that a crypto
 * library must offer. An instance belongs to one SA and one thread.
 *
 * <p>Input and output are ranges of arrays and must not overlap.
 */
public interface Aead {
  /** Bytes of nonce: salt and IV together. */
  int nonceLength();

  /** Bytes of integrity check value that {@link #seal} appends. */
  int tagLength();

  /**
   * Encrypts {@code length} bytes and appends the tag. The nonce must never have been used before.
   *
   * @return false if the library refused; then the output must not be used
   */
  boolean seal(
      byte[] nonce, byte[] aad, int aadLength, byte[] in, int inAt, int length, byte[] out, int at);

  /**
   * Verifies the tag, in constant time, and decrypts.
   *
   * @param length bytes of ciphertext and tag together
   * @return false if the tag does not fit; then the output holds nothing of use
   */
  boolean open(
      byte[] nonce, byte[] aad, int aadLength, byte[] in, int inAt, int length, byte[] out, int at);

  /** Forgets the key. Afterwards seal and open answer false. */
  void erase();
}
