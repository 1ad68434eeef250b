package org.larval.xfrm.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;

/**
 * AES-XCBC-MAC (RFC 3566) and AES-CMAC (RFC 4494) over the JDK's AES. They differ in their subkeys
 * only: XCBC encrypts constants for a chain key and two masks, CMAC chains with the key itself and
 * doubles an encrypted zero block.
 */
final class AesIcv extends TruncatedIcv {
  private static final int BLOCK = CbcMac.BLOCK;
  private static final int POLYNOMIAL = 0x87;

  private final CbcMac chain;
  private final byte[] whole;
  private final byte[] padded;

  private AesIcv(
      Protection.Authentication protection,
      Scratch scratch,
      Secret chainKey,
      byte[] whole,
      byte[] padded)
      throws GeneralSecurityException {
    super(protection, scratch);
    chain = new CbcMac(chainKey, scratch);
    this.whole = whole;
    this.padded = padded;
  }

  /** XCBC; as in Linux the given key may also have 24 or 32 bytes, the chain's has 16. */
  static AesIcv xcbc(Protection.Authentication protection, Scratch scratch)
      throws GeneralSecurityException {
    Secret given = protection.key().part(0, protection.key().length(), "AES");
    Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
    aes.init(Cipher.ENCRYPT_MODE, given);
    byte[] chainKey = constant(aes, 1);
    Secret own = Secret.copyOf(chainKey).part(0, BLOCK, "AES");
    Arrays.fill(chainKey, (byte) 0);
    AesIcv icv = new AesIcv(protection, scratch, own, constant(aes, 2), constant(aes, 3));
    given.destroy();
    Erasing.cipher(aes, given, given.length(), null);
    return icv;
  }

  /** CMAC. */
  static AesIcv cmac(Protection.Authentication protection, Scratch scratch)
      throws GeneralSecurityException {
    Secret own = protection.key().part(0, protection.key().length(), "AES");
    Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
    aes.init(Cipher.ENCRYPT_MODE, own);
    byte[] zero = constant(aes, 0);
    byte[] once = doubled(zero);
    AesIcv icv = new AesIcv(protection, scratch, own, once, doubled(once));
    Arrays.fill(zero, (byte) 0);
    Erasing.cipher(aes, own, own.length(), null);
    return icv;
  }

  private static byte[] constant(Cipher aes, int value) throws GeneralSecurityException {
    byte[] block = new byte[BLOCK];
    Arrays.fill(block, (byte) value);
    return aes.doFinal(block);
  }

  /** Multiplies by x in the field of CMAC, without a branch on a secret bit. */
  private static byte[] doubled(byte[] block) {
    byte[] result = new byte[BLOCK];
    int carry = 0;
    for (int i = BLOCK - 1; i >= 0; i--) {
      int value = block[i] & 0xff;
      result[i] = (byte) (value << 1 | carry);
      carry = value >>> 7;
    }
    result[BLOCK - 1] ^= (byte) (-carry & POLYNOMIAL);
    return result;
  }

  @Override
  void feed(byte[] bytes, int at, int count) throws GeneralSecurityException {
    chain.update(bytes, at, count);
  }

  @Override
  void end(byte[] out) throws GeneralSecurityException {
    chain.mask(whole, padded);
    chain.end(out);
  }

  @Override
  void forget() {
    chain.erase();
    Arrays.fill(whole, (byte) 0);
    Arrays.fill(padded, (byte) 0);
  }
}
