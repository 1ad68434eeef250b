package org.larval.xfrm.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * AES-GCM by libIPSec_MB over plain memory, with nothing of ESP around it: the floor that
 * benchmarks of the whole path compare with. Of its packets each has a nonce of its own; a tag is
 * made or compared for each, since a cipher that does not is of no use to anybody.
 */
public final class BareGcm {
  private static final int TAG = 16;
  private static final int AAD = 8;
  private static final int LINE = 64;
  private static final int LONGEST_KEY = 32;

  private final NativeScratch scratch = new NativeScratch(IpsecMb.keyData());
  private final MemorySegment memory;
  private final int keyLength;
  private final int salt;
  private final int bytes;
  private final int stride;
  private final int packets;
  private final ByteBuffer view;
  private long sequence;
  private long differences;

  /**
   * Packets of zeros.
   *
   * @param keyAndSalt 20, 28 or 36 bytes
   * @param bytes of each packet, without tag
   * @throws IllegalStateException where {@link CryptoChoice#IPSEC_MB} is missing
   */
  public BareGcm(byte[] keyAndSalt, int packets, int bytes) {
    String missing = IpsecMbBackend.missing();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
    this.bytes = bytes;
    this.packets = packets;
    keyLength = keyAndSalt.length - IpsecMbCipher.SALT;
    salt = ByteBuffer.wrap(keyAndSalt).getInt(keyLength);
    stride = (bytes + TAG + 2 * LINE - 1) / LINE * LINE;
    memory = Arena.ofAuto().allocate((long) packets * stride, LINE);
    view = memory.asByteBuffer();
    byte[] key = new byte[LONGEST_KEY];
    System.arraycopy(keyAndSalt, 0, key, 0, keyLength);
    IpsecMb.expand(
        keyLength,
        scratch.key(
            IpsecMbBackend.word(key, 0),
            IpsecMbBackend.word(key, 8),
            IpsecMbBackend.word(key, 16),
            IpsecMbBackend.word(key, 24)),
        scratch.expanded());
  }

  /** Encrypts every packet in place and writes its tag behind it. */
  public void seal() {
    long at = memory.address();
    for (int i = 0; i < packets; i++) {
      long nonce = scratch.nonce(salt, ++sequence);
      long aad = scratch.aad(sequence);
      IpsecMb.seal(
          keyLength,
          scratch.expanded(),
          scratch.context(),
          at,
          at,
          bytes,
          nonce,
          aad,
          AAD,
          at + bytes,
          TAG);
      at += stride;
    }
  }

  /**
   * Decrypts every packet in place, works its tag out and compares it with what stands behind it.
   *
   * @return whether all so far were right; packets that were not sealed under the next nonce are
   *     not, which takes the same time
   */
  public boolean open() {
    long at = memory.address();
    for (int i = 0; i < packets; i++) {
      long nonce = scratch.nonce(salt, ++sequence);
      long aad = scratch.aad(sequence);
      IpsecMb.open(
          keyLength,
          scratch.expanded(),
          scratch.context(),
          at,
          at,
          bytes,
          nonce,
          aad,
          AAD,
          scratch.tag(),
          TAG);
      int tag = i * stride + bytes;
      differences |= scratch.tagFirst() ^ view.getLong(tag);
      differences |= scratch.tagRest(TAG) ^ view.getLong(tag + 8);
      at += stride;
    }
    return differences == 0;
  }
}
