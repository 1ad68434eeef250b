package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * AES-GCM with a check value of 8 bytes (RFC 4106), which the JDK refuses to make. Sealing cuts the
 * JDK's 16 bytes. Opening decrypts with AES in counter mode into the scratch array, seals that
 * again to learn the whole check value, and only then lets the packet see the plaintext: two passes
 * of the processor's own AES instead of one, and no table look-ups.
 */
final class JceShortGcm extends CombinedCipher {
  private static final int SALT = 4;
  private static final int NONCE = SALT + IV;
  private static final int WHOLE = 16;

  private final Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
  private final Cipher counter = Cipher.getInstance("AES/CTR/NoPadding");
  private final byte[] nonce = new byte[NONCE];
  private final byte[] block = new byte[WHOLE];
  private final byte[] lastIv = new byte[IV];

  /** Copies the key. */
  JceShortGcm(Protection.Combined protection, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    super(protection, "AES", extended, scratch);
    salt(protection, nonce, 0);
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (erased() || repeats(data, esp)) {
      return false;
    }
    prepare(data, esp, sequenceHigh);
    data.getBytes(esp + HEADER, nonce, SALT, IV);
    int body = esp + HEADER + IV;
    byte[] in = scratch.array(data, body, clear);
    byte[] out = scratch.atLeast(clear + WHOLE);
    try {
      gcm.init(Cipher.ENCRYPT_MODE, key, spec());
      gcm.updateAAD(aad, 0, aad.length);
      gcm.doFinal(in, Scratch.at(data, body), clear, out, 0);
      data.setBytes(body, out, 0, clear + tagLength);
      System.arraycopy(nonce, SALT, lastIv, 0, IV);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (erased()) {
      return false;
    }
    prepare(data, esp, sequenceHigh);
    data.getBytes(esp + HEADER, nonce, SALT, IV);
    int body = esp + HEADER + IV;
    byte[] in = scratch.array(data, body, clear);
    byte[] plain = scratch.atLeast(clear);
    try {
      System.arraycopy(nonce, 0, block, 0, NONCE);
      Bytes.putInt(block, NONCE, 2);
      counter.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(block));
      counter.doFinal(in, Scratch.at(data, body), clear, plain, 0);
      initToVerify();
      gcm.updateAAD(aad, 0, aad.length);
      // The copy of the ciphertext, if there was one, is not needed any more.
      byte[] again = scratch.input(clear + WHOLE);
      gcm.doFinal(plain, 0, clear, again, 0);
      if (Bytes.same(data, body + clear, again, clear, tagLength)) {
        data.setBytes(body, plain, 0, clear);
        return true;
      }
      Arrays.fill(plain, 0, clear, (byte) 0);
      return false;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /**
   * The JDK does not know that this sealing only verifies and refuses the nonce of the one before,
   * which a forger may have sent; another nonce in between makes it forget.
   */
  private void initToVerify() throws GeneralSecurityException {
    boolean repeated = Arrays.equals(nonce, SALT, NONCE, lastIv, 0, IV);
    if (repeated) {
      nonce[SALT] ^= 1;
      gcm.init(Cipher.ENCRYPT_MODE, key, spec());
      nonce[SALT] ^= 1;
    }
    System.arraycopy(nonce, SALT, lastIv, 0, IV);
    gcm.init(Cipher.ENCRYPT_MODE, key, spec());
  }

  private GCMParameterSpec spec() {
    return new GCMParameterSpec(WHOLE * Byte.SIZE, nonce, 0, NONCE);
  }

  @Override
  public void erase() {
    super.erase();
    Arrays.fill(nonce, (byte) 0);
    Erasing.cipher(gcm, key, key.length(), spec());
    Erasing.cipher(counter, key, key.length(), new IvParameterSpec(new byte[WHOLE]));
  }
}
