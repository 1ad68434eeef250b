package org.larval.xfrm.crypto;

/** ChaCha20-Poly1305 for ESP (RFC 7634). There is nothing to expand. */
final class IpsecMbChaCha extends IpsecMbCipher {
  private static final int TAG = 16;

  private long key0;
  private long key1;
  private long key2;
  private long key3;

  /** Takes the key out of an array of 32 bytes that the caller erases. */
  IpsecMbChaCha(byte[] key, int salt, boolean extended, NativeScratch scratch) {
    super(salt, TAG, extended, scratch);
    key0 = IpsecMbBackend.word(key, 0);
    key1 = IpsecMbBackend.word(key, 8);
    key2 = IpsecMbBackend.word(key, 16);
    key3 = IpsecMbBackend.word(key, 24);
  }

  @Override
  void encrypt(long at, int length, long nonce, long aad, int aadLength, long tag) {
    run(true, at, length, nonce, aad, aadLength, tag);
  }

  @Override
  void decrypt(long at, int length, long nonce, long aad, int aadLength, long tag) {
    run(false, at, length, nonce, aad, aadLength, tag);
  }

  private void run(
      boolean seal, long at, int length, long nonce, long aad, int aadLength, long tag) {
    long key = scratch.key(key0, key1, key2, key3);
    IpsecMb.chacha(seal, key, scratch.context(), at, length, nonce, aad, aadLength, tag);
    scratch.clearKey();
  }

  @Override
  void eraseKey() {
    key0 = 0;
    key1 = 0;
    key2 = 0;
    key3 = 0;
    scratch.clearKey();
  }

  @Override
  public String toString() {
    return "ChaCha20-Poly1305";
  }
}
