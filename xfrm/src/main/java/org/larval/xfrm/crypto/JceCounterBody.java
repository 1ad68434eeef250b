package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/** AES in counter mode (RFC 3686) by the JDK; the counter block is nonce, IV and 1. */
final class JceCounterBody implements BodyCipher {
  private static final int NONCE = 4;
  private static final int IV = 8;
  private static final int BLOCK = 16;

  private final Scratch scratch;
  private final Secret key;
  private final Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
  private final byte[] block = new byte[BLOCK];
  private boolean sealedBefore;
  private long lastSealed;

  /** Copies the key. */
  JceCounterBody(Secret keyAndNonce, Scratch scratch) throws GeneralSecurityException {
    this.scratch = scratch;
    key = keyAndNonce.part(0, keyAndNonce.length() - NONCE, "AES");
    byte[] keying = keyAndNonce.getEncoded();
    System.arraycopy(keying, key.length(), block, 0, NONCE);
    Arrays.fill(keying, (byte) 0);
    block[BLOCK - 1] = 1;
  }

  /** Refuses the IV of the packet before: two packets under one counter give both away. */
  @Override
  public void encrypt(ByteBuf data, int body, int length) throws GeneralSecurityException {
    long iv = data.getLong(body - IV);
    if (sealedBefore && iv == lastSealed) {
      throw new GeneralSecurityException("an IV used twice");
    }
    sealedBefore = true;
    lastSealed = iv;
    decrypt(data, body, length);
  }

  /** Both directions add the same stream. */
  @Override
  public void decrypt(ByteBuf data, int body, int length) throws GeneralSecurityException {
    data.getBytes(body - IV, block, NONCE, IV);
    byte[] in = scratch.array(data, body, length);
    byte[] out = scratch.atLeast(length);
    cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(block));
    cipher.doFinal(in, Scratch.at(data, body), length, out, 0);
    data.setBytes(body, out, 0, length);
  }

  @Override
  public void erase() {
    key.destroy();
    Arrays.fill(block, (byte) 0);
    Erasing.cipher(cipher, key, key.length(), new IvParameterSpec(block));
  }
}
