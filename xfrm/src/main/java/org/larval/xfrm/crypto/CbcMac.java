package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * The chain in CCM, XCBC and CMAC: AES in CBC mode from a zero IV, of which only the last block is
 * wanted. Each of them treats the last block in its own way, so it is held back until the end. The
 * JDK's CBC is used because it has the processor's AES under it.
 */
final class CbcMac {
  static final int BLOCK = 16;

  private static final IvParameterSpec ZEROS = new IvParameterSpec(new byte[BLOCK]);

  private final Secret key;
  private final Scratch scratch;
  private final Cipher cbc;
  private final byte[] last = new byte[BLOCK];
  private int held;

  /**
   * A chain.
   *
   * @param key this chain's own, erased with it
   */
  CbcMac(Secret key, Scratch scratch) throws GeneralSecurityException {
    this.key = key;
    this.scratch = scratch;
    cbc = Cipher.getInstance("AES/CBC/NoPadding");
    cbc.init(Cipher.ENCRYPT_MODE, key, ZEROS);
  }

  /** Feeds bytes. */
  void update(byte[] bytes, int at, int length) throws GeneralSecurityException {
    int from = at;
    int left = length;
    if (held > 0 || left <= BLOCK) {
      int fill = Math.min(BLOCK - held, left);
      System.arraycopy(bytes, from, last, held, fill);
      held += fill;
      from += fill;
      left -= fill;
      if (left == 0) {
        return;
      }
      cbc.update(last, 0, BLOCK, scratch.sink(), 0);
    }
    while (left > BLOCK) {
      int whole = Math.min((left - 1) / BLOCK * BLOCK, Scratch.SINK);
      cbc.update(bytes, from, whole, scratch.sink(), 0);
      from += whole;
      left -= whole;
    }
    System.arraycopy(bytes, from, last, 0, left);
    held = left;
  }

  /** Fills the last block with zeros if anything of it is there. */
  void padWithZeros() {
    if (held > 0) {
      Arrays.fill(last, held, BLOCK, (byte) 0);
      held = BLOCK;
    }
  }

  /** Masks the last block with one key if it is whole, else pads with 1 0 0 ... and the other. */
  void mask(byte[] whole, byte[] padded) {
    if (held == BLOCK) {
      Bytes.xor(last, whole);
    } else {
      last[held] = (byte) 0x80;
      Arrays.fill(last, held + 1, BLOCK, (byte) 0);
      Bytes.xor(last, padded);
    }
    held = BLOCK;
  }

  /** Ends with a whole last block; the next update begins a new chain. */
  void end(byte[] out) throws GeneralSecurityException {
    held = 0;
    cbc.doFinal(last, 0, BLOCK, out, 0);
  }

  void erase() {
    key.destroy();
    Arrays.fill(last, (byte) 0);
    Erasing.cipher(cbc, key, key.length(), ZEROS);
  }
}
