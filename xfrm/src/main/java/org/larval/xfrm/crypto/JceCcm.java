package org.larval.xfrm.crypto;

import io.netty.buffer.ByteBuf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * AES-CCM for ESP (RFC 4309, RFC 3610), which the JDK lacks, from its counter mode and its CBC:
 * both run on the processor's AES, unlike a library's tables. Nonces have 11 bytes, so lengths and
 * counters have four.
 *
 * <pre>
 *   B0: flags | salt 3, IV 8 | length 4     A: 0, 8 or 12 | SPI, [high], sequence | zeros
 *   counter block: 3 | salt 3, IV 8 | counter 4; number 0 hides the check value
 * </pre>
 */
final class JceCcm extends CombinedCipher {
  private static final int BLOCK = CbcMac.BLOCK;
  private static final int SALT = 3;
  private static final int NONCE = SALT + IV;
  private static final int LENGTH_SIZE = 4;
  private static final int HAS_AAD = 0x40;

  private final Cipher counter = Cipher.getInstance("AES/CTR/NoPadding");
  private final CbcMac mac;
  private final byte[] start = new byte[BLOCK];
  private final byte[] head = new byte[2 * BLOCK];
  private final byte[] tag = new byte[BLOCK];
  private final byte[] hidden = new byte[BLOCK];

  /** Copies the key. */
  JceCcm(Protection.Combined protection, boolean extended, Scratch scratch)
      throws GeneralSecurityException {
    super(protection, "AES", extended, scratch);
    mac = new CbcMac(key.part(0, key.length(), "AES"), scratch);
    start[0] = LENGTH_SIZE - 1;
    salt(protection, start, 1);
    head[0] = (byte) (HAS_AAD | (tagLength - 2) / 2 << 3 | LENGTH_SIZE - 1);
    head[BLOCK + 1] = (byte) aad.length;
  }

  @Override
  public boolean seal(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (erased() || repeats(data, esp)) {
      return false;
    }
    int body = esp + HEADER + IV;
    begin(data, esp, clear, sequenceHigh);
    byte[] in = scratch.array(data, body, clear);
    byte[] out = scratch.atLeast(clear);
    try {
      authenticate(in, Scratch.at(data, body), clear);
      counter.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(start));
      counter.update(tag, 0, BLOCK, hidden, 0);
      counter.doFinal(in, Scratch.at(data, body), clear, out, 0);
      data.setBytes(body, out, 0, clear);
      data.setBytes(body + clear, hidden, 0, tagLength);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** CCM authenticates what was encrypted; the packet sees it only when the check value fits. */
  @Override
  public boolean open(ByteBuf data, int esp, int clear, int sequenceHigh) {
    if (erased()) {
      return false;
    }
    int body = esp + HEADER + IV;
    begin(data, esp, clear, sequenceHigh);
    byte[] in = scratch.array(data, body, clear);
    byte[] out = scratch.atLeast(clear);
    try {
      Arrays.fill(tag, (byte) 0);
      counter.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(start));
      counter.update(tag, 0, BLOCK, hidden, 0);
      counter.doFinal(in, Scratch.at(data, body), clear, out, 0);
      authenticate(out, 0, clear);
      Bytes.xor(tag, hidden);
      if (Bytes.same(data, body + clear, tag, 0, tagLength)) {
        data.setBytes(body, out, 0, clear);
        return true;
      }
      Arrays.fill(out, 0, clear, (byte) 0);
      return false;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void begin(ByteBuf data, int esp, int clear, int sequenceHigh) {
    prepare(data, esp, sequenceHigh);
    data.getBytes(esp + HEADER, start, 1 + SALT, IV);
    System.arraycopy(start, 1, head, 1, NONCE);
    Bytes.putInt(head, BLOCK - LENGTH_SIZE, clear);
    System.arraycopy(aad, 0, head, BLOCK + 2, aad.length);
  }

  private void authenticate(byte[] plain, int at, int length) throws GeneralSecurityException {
    mac.update(head, 0, head.length);
    mac.update(plain, at, length);
    mac.padWithZeros();
    mac.end(tag);
  }

  @Override
  public void erase() {
    super.erase();
    mac.erase();
    Arrays.fill(start, (byte) 0);
    Arrays.fill(head, (byte) 0);
    Erasing.cipher(counter, key, key.length(), new IvParameterSpec(start));
  }
}
