package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/**
 * One keyed cipher of one ESP SA, combined-mode or encryption and integrity apart, working in place
 * on the packet (RFC 4303 section 2):
 *
 * <pre>
 *   | SPI 4 | sequence 4 | IV | clear: payload, padding, pad length, next header | ICV |
 *   ^ esp                                                                        ^ esp + 8 + iv + clear
 * </pre>
 *
 * <p>What is authenticated follows from the algorithm: SPI and sequence as additional data of a
 * combined mode, or everything from SPI to the end of {@code clear}; with extended sequence numbers
 * the high half too, where the algorithm's RFC puts it. An instance belongs to one thread.
 */
public interface EspCipher {
  /** Bytes of IV in every packet, 0 if none. */
  int ivLength();

  /** Bytes of integrity check value at the end of every packet, 0 if none. */
  int icvLength();

  /** What {@code clear} must be a multiple of: the cipher's block, at least 4. */
  int alignment();

  /**
   * Encrypts in place and writes the check value behind. SPI, sequence and IV stand already; the IV
   * must never have been used before with this key.
   *
   * @param esp absolute index of the SPI
   * @param clear bytes between IV and check value
   * @param sequenceHigh the high half of an extended sequence number; 0 and not looked at without
   * @return false if the library refused; then the packet must not be sent
   */
  boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh);

  /**
   * Verifies the check value in constant time and before anything else is believed, and decrypts in
   * place.
   *
   * @param clear bytes between IV and check value, 0 or more; only a block cipher insists on whole
   *     blocks, as Linux does
   * @return false if the check value does not fit or a block is not whole; then the bytes are of no
   *     use
   */
  boolean open(ByteBuf data, int esp, int clear, int sequenceHigh);

  /**
   * Whether the last packet that {@link #open} refused had a check value that fits but blocks that
   * are not whole: Linux answers EINVAL then instead of EBADMSG and does not count an integrity
   * failure.
   */
  default boolean broken() {
    return false;
  }

  /** Overwrites the keys. Afterwards seal and open answer false. */
  void erase();
}
