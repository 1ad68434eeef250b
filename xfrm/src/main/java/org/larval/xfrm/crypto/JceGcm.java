package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM for ESP (RFC 4106) by the JDK. One Cipher and one key object for the SA's whole life:
 * initializing with the same key is cheap, making a Cipher for each packet costs more than the
 * encryption. SunJCE is faster out of place, so the packet goes through the scratch array.
 */
final class JceGcm implements EspCipher {
  private static final int HEADER = 8;
  private static final int SALT = 4;
  private static final int IV = 8;
  private static final int NONCE = SALT + IV;
  private static final int ALIGNMENT = 4;

  private final int tagBits;
  private final boolean extended;
  private final Scratch scratch;
  private final Secret key;
  private final byte[] nonce = new byte[NONCE];
  private final byte[] aad;
  private @Nullable Cipher cipher;

  /** Copies the key. */
  JceGcm(Secret keyAndSalt, int tagBits, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    this.tagBits = tagBits;
    this.extended = extended;
    this.scratch = scratch;
    int keyLength = keyAndSalt.length() - SALT;
    key = keyAndSalt.part(0, keyLength, "AES");
    byte[] keying = keyAndSalt.getEncoded();
    System.arraycopy(keying, keyLength, nonce, 0, SALT);
    Arrays.fill(keying, (byte) 0);
    aad = new byte[extended ? 12 : 8];
    cipher = Cipher.getInstance("AES/GCM/NoPadding");
  }

  @Override
  public int ivLength() {
    return IV;
  }

  @Override
  public int icvLength() {
    return tagBits / Byte.SIZE;
  }

  @Override
  public int alignment() {
    return ALIGNMENT;
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    return run(Cipher.ENCRYPT_MODE, data, esp, clear, clear + icvLength(), sequenceHigh);
  }

  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    return run(Cipher.DECRYPT_MODE, data, esp, clear + icvLength(), clear, sequenceHigh);
  }

  private boolean run(int mode, ByteBuf data, int esp, int from, int to, int sequenceHigh) {
    Cipher gcm = cipher;
    if (gcm == null) {
      return false;
    }
    prepare(data, esp, sequenceHigh);
    int body = esp + HEADER + IV;
    byte[] in;
    int at;
    if (data.hasArray()) {
      in = data.array();
      at = data.arrayOffset() + body;
    } else {
      in = scratch.input(from);
      at = 0;
      data.getBytes(body, in, 0, from);
    }
    byte[] out = scratch.atLeast(to);
    try {
      gcm.init(mode, key, new GCMParameterSpec(tagBits, nonce, 0, NONCE));
      gcm.updateAAD(aad, 0, aad.length);
      gcm.doFinal(in, at, from, out, 0);
      data.setBytes(body, out, 0, to);
      return true;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      // A nonce used twice in a row, or an array too small: nothing that may go on the wire.
      return false;
    }
  }

  /** Fills nonce and additional data: SPI, high half if there is one, low half. */
  private void prepare(ByteBuf data, int esp, int sequenceHigh) {
    data.getBytes(esp + HEADER, nonce, SALT, IV);
    data.getBytes(esp, aad, 0, 4);
    data.getBytes(esp + 4, aad, aad.length - 4, 4);
    if (extended) {
      aad[4] = (byte) (sequenceHigh >>> 24);
      aad[5] = (byte) (sequenceHigh >>> 16);
      aad[6] = (byte) (sequenceHigh >>> 8);
      aad[7] = (byte) sequenceHigh;
    }
  }

  @Override
  public void erase() {
    key.destroy();
    Arrays.fill(nonce, (byte) 0);
    cipher = null;
  }

  @Override
  public String toString() {
    return "AES-" + key.length() * Byte.SIZE + "-GCM, tag of " + tagBits + " bits";
  }
}
