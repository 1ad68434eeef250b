package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * ESP with encryption and integrity apart (RFC 4303 section 3.3.2, Linux's authenc and authencesn):
 * encrypted first, then authenticated from the SPI to the end of the ciphertext, behind which
 * extended sequence numbers put their high half without sending it. A check value that does not fit
 * ends it before anything is decrypted.
 */
final class SeparateCipher implements EspCipher {
  private static final int HEADER = 8;
  private static final int MIN_ALIGNMENT = 4;

  private final CryptAlgorithm algorithm;
  private final BodyCipher body;
  private final @Nullable Icv icv;
  private final int ivLength;
  private final int icvLength;
  private final int block;
  private final byte[] high;
  private boolean erased;
  private boolean broken;

  /**
   * A cipher.
   *
   * @param body keyed; from now on this cipher's, as is {@code icv}
   * @param icv null for no integrity
   */
  SeparateCipher(CryptAlgorithm algorithm, BodyCipher body, @Nullable Icv icv, boolean extended) {
    this.algorithm = algorithm;
    this.body = body;
    this.icv = icv;
    ivLength = algorithm.ivLength();
    icvLength = icv == null ? 0 : icv.length();
    block = algorithm.block();
    high = new byte[extended ? Integer.BYTES : 0];
  }

  @Override
  public int ivLength() {
    return ivLength;
  }

  @Override
  public int icvLength() {
    return icvLength;
  }

  @Override
  public int alignment() {
    return Math.max(MIN_ALIGNMENT, block);
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (erased || clear % block != 0) {
      return false;
    }
    int at = esp + HEADER + ivLength;
    try {
      body.encrypt(data, at, clear);
    } catch (GeneralSecurityException e) {
      return false;
    }
    if (icv == null) {
      return true;
    }
    cover(icv, data, esp, at + clear - esp, sequenceHigh);
    return icv.sign(data, at + clear);
  }

  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    broken = false;
    if (erased) {
      return false;
    }
    int at = esp + HEADER + ivLength;
    if (icv != null) {
      cover(icv, data, esp, at + clear - esp, sequenceHigh);
      if (!icv.verify(data, at + clear)) {
        return false;
      }
    }
    if (clear % block != 0) {
      broken = true;
      return false;
    }
    try {
      body.decrypt(data, at, clear);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public boolean broken() {
    return broken;
  }

  private void cover(Icv check, ByteBuf data, int esp, int length, int sequenceHigh) {
    check.update(data, esp, length);
    if (high.length > 0) {
      Bytes.putInt(high, 0, sequenceHigh);
      check.update(high, 0, high.length);
    }
  }

  @Override
  public void erase() {
    if (!erased) {
      erased = true;
      body.erase();
      if (icv != null) {
        icv.erase();
      }
    }
  }

  @Override
  public String toString() {
    return algorithm + (icv == null ? " without integrity" : " with " + icv);
  }
}
