package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;

/** Encryption alone, in place, of the part of an ESP packet between IV and check value. */
sealed interface BodyCipher permits BlockBody, JceCounterBody, NullBody {
  /** Encrypts whole blocks; the IV stands in front of them. */
  void encrypt(ByteBuf data, int body, int length) throws GeneralSecurityException;

  /** Decrypts whole blocks; the IV stands in front of them. */
  void decrypt(ByteBuf data, int body, int length) throws GeneralSecurityException;

  /** Overwrites the key; nothing else is called afterwards. */
  void erase();
}
