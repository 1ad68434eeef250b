package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * GMAC for ESP (RFC 4543) by the JDK: AES-GCM with nothing to encrypt, all of the packet being
 * additional data, the IV included. The payload stays in the clear.
 */
final class JceGmac extends CombinedCipher {
  private static final int SALT = 4;
  private static final int NONCE = SALT + IV;

  private final Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
  private final byte[] nonce = new byte[NONCE];

  /** Copies the key. */
  JceGmac(Protection.Combined protection, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    super(protection, "AES", extended, scratch);
    salt(protection, nonce, 0);
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    byte[] tag = scratch.atLeast(tagLength);
    int end = esp + HEADER + IV + clear;
    try {
      if (erased() || repeats(data, esp)) {
        return false;
      }
      feed(Cipher.ENCRYPT_MODE, data, esp, clear, sequenceHigh);
      gcm.doFinal(tag, 0, 0, tag, 0);
      data.setBytes(end, tag, 0, tagLength);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    byte[] tag = scratch.atLeast(tagLength);
    try {
      if (erased()) {
        return false;
      }
      feed(Cipher.DECRYPT_MODE, data, esp, clear, sequenceHigh);
      data.getBytes(esp + HEADER + IV + clear, tag, 0, tagLength);
      gcm.doFinal(tag, 0, tagLength, tag, 0);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void feed(int mode, ByteBuf data, int esp, int clear, int sequenceHigh)
      throws GeneralSecurityException {
    prepare(data, esp, sequenceHigh);
    data.getBytes(esp + HEADER, nonce, SALT, IV);
    gcm.init(mode, key, new GCMParameterSpec(tagLength * Byte.SIZE, nonce, 0, NONCE));
    gcm.updateAAD(aad, 0, aad.length);
    int covered = esp + HEADER;
    byte[] in = scratch.array(data, covered, IV + clear);
    gcm.updateAAD(in, Scratch.at(data, covered), IV + clear);
  }

  @Override
  public void erase() {
    super.erase();
    Arrays.fill(nonce, (byte) 0);
    Erasing.cipher(
        gcm, key, key.length(), new GCMParameterSpec(tagLength * Byte.SIZE, nonce, 0, NONCE));
  }
}
