package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;

/**
 * CBC mode. The library always starts from a zero IV and is therefore never initialized again: an
 * IV added to the first block of plaintext does the same, in both directions.
 */
abstract sealed class BlockBody implements BodyCipher permits JceBlockBody, CamelliaBody {
  private final Scratch scratch;
  private final int block;

  BlockBody(int block, Scratch scratch) {
    this.block = block;
    this.scratch = scratch;
  }

  /** Runs CBC from a zero IV over whole blocks, out of place. */
  abstract void run(boolean encrypt, byte[] in, int at, int length, byte[] out)
      throws GeneralSecurityException;

  @Override
  public final void encrypt(ByteBuf data, int body, int length) throws GeneralSecurityException {
    addIv(data, body);
    through(true, data, body, length);
  }

  @Override
  public final void decrypt(ByteBuf data, int body, int length) throws GeneralSecurityException {
    through(false, data, body, length);
    addIv(data, body);
  }

  private void through(boolean encrypt, ByteBuf data, int body, int length)
      throws GeneralSecurityException {
    byte[] in = scratch.array(data, body, length);
    byte[] out = scratch.atLeast(length);
    run(encrypt, in, Scratch.at(data, body), length, out);
    data.setBytes(body, out, 0, length);
  }

  private void addIv(ByteBuf data, int body) {
    for (int i = body; i < body + block; i += Long.BYTES) {
      data.setLong(i, data.getLong(i) ^ data.getLong(i - block));
    }
  }
}
