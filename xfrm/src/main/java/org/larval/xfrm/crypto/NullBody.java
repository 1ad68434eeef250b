package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;

/** NULL encryption (RFC 2410). */
final class NullBody implements BodyCipher {
  @Override
  public void encrypt(ByteBuf data, int body, int length) {
    // "I did my best" (RFC 2410 section 2)
  }

  @Override
  public void decrypt(ByteBuf data, int body, int length) {
    // as readable as before
  }

  @Override
  public void erase() {
    // there is no key
  }
}
