package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;

/**
 * IVs for CBC, which nobody may be able to predict (RFC 3602 section 3): the sequence number
 * encrypted under a secret of this SA, as Linux's echainiv also derives them from it. A permutation
 * with a block as wide as the IV, so none comes twice.
 */
final class CbcIvs implements IvSource {
  private final Cipher cipher;
  private final byte[] number;
  private final byte[] iv;

  /** Sources for blocks of 16 bytes (AES) or 8 (3DES). */
  CbcIvs(int block, RandomGenerator random) throws GeneralSecurityException {
    boolean wide = block == 16;
    byte[] secret = new byte[wide ? 16 : 24];
    random.nextBytes(secret);
    String name = wide ? "AES" : "DESede";
    cipher = Cipher.getInstance(name + "/ECB/NoPadding");
    Secret key = Secret.copyOf(secret);
    cipher.init(Cipher.ENCRYPT_MODE, key.part(0, secret.length, name));
    key.destroy();
    Arrays.fill(secret, (byte) 0);
    number = new byte[block];
    iv = new byte[block];
  }

  @Override
  public void write(ByteBuf data, int at, long sequence) {
    Bytes.putInt(number, number.length - 8, (int) (sequence >>> 32));
    Bytes.putInt(number, number.length - 4, (int) sequence);
    try {
      cipher.doFinal(number, 0, number.length, iv, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a keyed cipher takes any block", e);
    }
    data.setBytes(at, iv);
  }
}
