package org.larval.xfrm;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM by the JDK. One Cipher and one key object for the SA's whole life: initializing with the
 * same key is cheap, making a Cipher for each packet costs more than the encryption.
 */
final class JceGcm implements Aead {
  private static final int NONCE = 12;

  private final int tagBits;
  private @Nullable Cipher cipher;
  private final Secret key;

  /** Copies the key. */
  JceGcm(Secret key, int tagBits) throws GeneralSecurityException {
    this.tagBits = tagBits;
    this.key = key.part(0, key.length(), "AES");
    cipher = Cipher.getInstance("AES/GCM/NoPadding");
  }

  @Override
  public int nonceLength() {
    return NONCE;
  }

  @Override
  public int tagLength() {
    return tagBits / Byte.SIZE;
  }

  @Override
  public boolean seal(
      byte[] nonce,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inAt,
      int length,
      byte[] out,
      int at) {
    return run(Cipher.ENCRYPT_MODE, nonce, aad, aadLength, in, inAt, length, out, at);
  }

  @Override
  public boolean open(
      byte[] nonce,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inAt,
      int length,
      byte[] out,
      int at) {
    if (length < tagLength()) {
      return false;
    }
    boolean opened = run(Cipher.DECRYPT_MODE, nonce, aad, aadLength, in, inAt, length, out, at);
    if (!opened) {
      Arrays.fill(out, at, at + length - tagLength(), (byte) 0);
    }
    return opened;
  }

  private boolean run(
      int mode,
      byte[] nonce,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inAt,
      int length,
      byte[] out,
      int at) {
    Cipher gcm = cipher;
    if (gcm == null) {
      return false;
    }
    try {
      gcm.init(mode, key, new GCMParameterSpec(tagBits, nonce, 0, NONCE));
      gcm.updateAAD(aad, 0, aadLength);
      gcm.doFinal(in, inAt, length, out, at);
      return true;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      // A nonce used twice in a row, or an array too small: nothing that may go on the wire.
      return false;
    }
  }

  @Override
  public void erase() {
    key.destroy();
    cipher = null;
  }

  @Override
  public String toString() {
    return "AES-" + key.length() * Byte.SIZE + "-GCM, tag of " + tagBits + " bits";
  }
}
