package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/** AES-CBC (RFC 3602) and 3DES-CBC (RFC 2451) by the JDK. */
final class JceBlockBody extends BlockBody {
  private final Secret key;
  private final Cipher cipher;
  private final IvParameterSpec zeros;
  private int mode;

  /** Copies the key. */
  JceBlockBody(Secret key, String name, int block, Scratch scratch)
      throws GeneralSecurityException {
    super(block, scratch);
    this.key = key.part(0, key.length(), name);
    cipher = Cipher.getInstance(name + "/CBC/NoPadding");
    zeros = new IvParameterSpec(new byte[block]);
  }

  /** An SA works in one direction, so this keys once; doFinal goes back to the zero IV. */
  @Override
  void run(boolean encrypt, byte[] in, int at, int length, byte[] out)
      throws GeneralSecurityException {
    int wanted = encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
    if (mode != wanted) {
      cipher.init(wanted, key, zeros);
      mode = wanted;
    }
    cipher.doFinal(in, at, length, out, 0);
  }

  @Override
  public void erase() {
    key.destroy();
    Erasing.cipher(cipher, key, key.length(), zeros);
  }
}
