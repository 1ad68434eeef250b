package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * What combined modes of ESP have in common: a salt at the end of the keying material that together
 * with the packet's IV of eight bytes is the nonce, and SPI and sequence number as additional data
 * (RFC 4106 sections 4 and 5, RFC 4309, RFC 4543, RFC 7634).
 */
abstract sealed class CombinedCipher implements EspCipher
    permits JceAead, JceShortGcm, JceCcm, JceGmac {
  static final int HEADER = 8;
  static final int IV = 8;

  private static final int ALIGNMENT = 4;

  final int tagLength;
  final boolean extended;
  final Scratch scratch;
  final Secret key;

  /** SPI, high half of the sequence number if there is one, low half; {@link #prepare} fills it. */
  final byte[] aad;

  private final AeadAlgorithm algorithm;
  private boolean erased;
  private boolean sealedBefore;
  private long lastSealed;

  /** Copies the key. */
  CombinedCipher(
      Protection.Combined protection, String keyName, boolean extended, Scratch scratch) {
    algorithm = protection.algorithm();
    tagLength = protection.icvBits() / Byte.SIZE;
    this.extended = extended;
    this.scratch = scratch;
    Secret keying = protection.key();
    key = keying.part(0, keying.length() - algorithm.saltLength(), keyName);
    aad = new byte[extended ? 12 : 8];
  }

  /** Writes the salt into a nonce. */
  final void salt(Protection.Combined protection, byte[] nonce, int at) {
    byte[] keying = protection.key().getEncoded();
    System.arraycopy(keying, key.length(), nonce, at, algorithm.saltLength());
    Arrays.fill(keying, (byte) 0);
  }

  /** Fills the additional data. */
  final void prepare(ByteBuf data, int esp, int sequenceHigh) {
    data.getBytes(esp, aad, 0, 4);
    data.getBytes(esp + 4, aad, aad.length - 4, 4);
    if (extended) {
      Bytes.putInt(aad, 4, sequenceHigh);
    }
  }

  /**
   * Whether a packet to seal carries the IV of the packet before it. Numbers that only count up
   * never get here with one; what asks for it all the same is refused, since two packets under one
   * nonce give both away.
   */
  final boolean repeats(ByteBuf data, int esp) {
    long iv = data.getLong(esp + HEADER);
    if (sealedBefore && iv == lastSealed) {
      return true;
    }
    sealedBefore = true;
    lastSealed = iv;
    return false;
  }

  final boolean erased() {
    return erased;
  }

  @Override
  public final int ivLength() {
    return IV;
  }

  @Override
  public final int icvLength() {
    return tagLength;
  }

  @Override
  public final int alignment() {
    return ALIGNMENT;
  }

  /** Overwrites the key; subclasses also overwrite salts and what the library kept. */
  @Override
  public void erase() {
    erased = true;
    key.destroy();
  }

  @Override
  public final String toString() {
    return algorithm + ", key of " + key.length() * 8 + " bits, tag of " + tagLength * 8 + " bits";
  }
}
