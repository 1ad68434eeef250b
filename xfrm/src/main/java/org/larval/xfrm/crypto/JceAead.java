package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM (RFC 4106) with check values of 12 and 16 bytes and ChaCha20-Poly1305 (RFC 7634) by the
 * JDK. One Cipher and one key object for the SA's whole life: initializing with the same key is
 * cheap, making a Cipher for each packet costs more than the encryption. SunJCE is faster out of
 * place, so the packet goes through the scratch array.
 */
final class JceAead extends CombinedCipher {
  private static final int SALT = 4;
  private static final int NONCE = SALT + IV;

  private final boolean gcm;
  private final byte[] nonce = new byte[NONCE];
  private @Nullable Cipher cipher;

  /** Copies the key. */
  JceAead(Protection.Combined protection, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    this(protection, protection.algorithm() == AeadAlgorithm.AES_GCM, extended, scratch);
  }

  private JceAead(Protection.Combined protection, boolean gcm, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    super(protection, gcm ? "AES" : "ChaCha20", extended, scratch);
    this.gcm = gcm;
    salt(protection, nonce, 0);
    cipher = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    return !repeats(data, esp)
        && run(Cipher.ENCRYPT_MODE, data, esp, clear, clear + tagLength, sequenceHigh);
  }

  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    return run(Cipher.DECRYPT_MODE, data, esp, clear + tagLength, clear, sequenceHigh);
  }

  private boolean run(int mode, ByteBuf data, int esp, int from, int to, int sequenceHigh) {
    Cipher aead = cipher;
    if (aead == null) {
      return false;
    }
    prepare(data, esp, sequenceHigh);
    data.getBytes(esp + HEADER, nonce, SALT, IV);
    int body = esp + HEADER + IV;
    byte[] in = scratch.array(data, body, from);
    byte[] out = scratch.atLeast(to);
    try {
      aead.init(mode, key, spec());
      aead.updateAAD(aad, 0, aad.length);
      aead.doFinal(in, Scratch.at(data, body), from, out, 0);
      data.setBytes(body, out, 0, to);
      return true;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      // A nonce used twice in a row, or an array too small: nothing that may go on the wire.
      return false;
    }
  }

  private AlgorithmParameterSpec spec() {
    return gcm
        ? new GCMParameterSpec(tagLength * Byte.SIZE, nonce, 0, NONCE)
        : new IvParameterSpec(nonce, 0, NONCE);
  }

  @Override
  public void erase() {
    super.erase();
    Arrays.fill(nonce, (byte) 0);
    if (cipher != null) {
      Erasing.cipher(cipher, key, key.length(), spec());
      cipher = null;
    }
  }
}
