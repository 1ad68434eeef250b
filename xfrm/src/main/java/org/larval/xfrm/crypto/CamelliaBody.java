package org.larval.xfrm.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/** Camellia-CBC (RFC 4312) by Bouncy Castle, since the JDK has no Camellia. */
final class CamelliaBody extends BlockBody {
  private static final int BLOCK = 16;

  private final Secret key;
  private final CBCModeCipher cipher = CBCBlockCipher.newInstance(new CamelliaEngine());
  private boolean keyed;
  private boolean encrypting;

  /** Copies the key. */
  CamelliaBody(Secret key, Scratch scratch) {
    super(BLOCK, scratch);
    this.key = key.copy();
  }

  @Override
  void run(boolean encrypt, byte[] in, int at, int length, byte[] out) {
    if (!keyed || encrypt != encrypting) {
      byte[] bytes = key.getEncoded();
      init(encrypt, bytes);
      Arrays.fill(bytes, (byte) 0);
    }
    cipher.processBlocks(in, at, length / BLOCK, out, 0);
    cipher.reset();
  }

  private void init(boolean encrypt, byte[] bytes) {
    cipher.init(encrypt, new ParametersWithIV(new KeyParameter(bytes), new byte[BLOCK]));
    keyed = true;
    encrypting = encrypt;
  }

  /** The engine writes the round keys of zeros over those of the key. */
  @Override
  public void erase() {
    key.destroy();
    init(true, new byte[key.length()]);
  }
}
