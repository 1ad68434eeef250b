package org.larval.ike.crypto;

import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.params.KeyParameter;

/** A message authentication code that takes keys and parts one after another. */
interface KeyedMac {
  /** Starts over with a key, never empty. */
  void init(byte[] key);

  void update(byte[] part, int offset, int length);

  byte[] finish();

  /** HmacX of the JDK, or CMAC and XCBC over AES-128. */
  static KeyedMac of(String name) {
    return switch (name) {
      case "CMAC" -> new Cmac();
      case "XCBC" -> new Xcbc();
      default -> new Hmac(name);
    };
  }

  /** RFC 2104 by the JDK. */
  final class Hmac implements KeyedMac {
    private final Mac mac;
    private final String name;

    Hmac(String name) {
      this.name = name;
      this.mac = Jdk.mac(name);
    }

    @Override
    public void init(byte[] key) {
      try {
        // HMAC pads a key with zeroes, so one of zero octets is the same as one zero
        mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, name));
      } catch (InvalidKeyException e) {
        throw new IllegalStateException("HMAC takes any key", e);
      }
    }

    @Override
    public void update(byte[] part, int offset, int length) {
      mac.update(part, offset, length);
    }

    @Override
    public byte[] finish() {
      return mac.doFinal();
    }
  }

  /** AES-CMAC; a key that is not 16 octets is first made one (RFC 4615 section 3). */
  final class Cmac implements KeyedMac {
    private final CMac mac = new CMac(AESEngine.newInstance());

    @Override
    public void init(byte[] key) {
      byte[] fit = key;
      if (key.length != 16) {
        mac.init(new KeyParameter(new byte[16]));
        mac.update(key, 0, key.length);
        fit = finish();
      }
      mac.init(new KeyParameter(fit));
    }

    @Override
    public void update(byte[] part, int offset, int length) {
      mac.update(part, offset, length);
    }

    @Override
    public byte[] finish() {
      byte[] out = new byte[16];
      mac.doFinal(out, 0);
      return out;
    }
  }

  /**
   * AES-XCBC-MAC (RFC 3566) with the keys of RFC 4434 section 2: shorter ones get zeroes behind,
   * longer ones are first put through it under a key of zeroes.
   */
  final class Xcbc implements KeyedMac {
    private final org.bouncycastle.crypto.BlockCipher aes = AESEngine.newInstance();
    private final byte[] chain = new byte[16];
    private final byte[] block = new byte[16];
    private byte[] whole = new byte[16];
    private byte[] padded = new byte[16];
    private int filled;

    @Override
    public void init(byte[] key) {
      byte[] fit = Arrays.copyOf(key, 16);
      if (key.length > 16) {
        schedule(new byte[16]);
        update(key, 0, key.length);
        fit = finish();
      }
      schedule(fit);
    }

    private void schedule(byte[] key) {
      aes.init(true, new KeyParameter(key));
      byte[] first = derived(1);
      whole = derived(2);
      padded = derived(3);
      aes.init(true, new KeyParameter(first));
      Arrays.fill(chain, (byte) 0);
      filled = 0;
    }

    private byte[] derived(int constant) {
      byte[] in = new byte[16];
      Arrays.fill(in, (byte) constant);
      byte[] out = new byte[16];
      aes.processBlock(in, 0, out, 0);
      return out;
    }

    @Override
    public void update(byte[] part, int offset, int length) {
      for (int at = offset; at < offset + length; at++) {
        // the last block is treated apart, so a full one waits until more comes
        if (filled == 16) {
          mix(block);
          aes.processBlock(chain, 0, chain, 0);
          filled = 0;
        }
        block[filled++] = part[at];
      }
    }

    private void mix(byte[] with) {
      for (int at = 0; at < 16; at++) {
        chain[at] ^= with[at];
      }
    }

    @Override
    public byte[] finish() {
      byte[] key = filled == 16 ? whole : padded;
      if (filled < 16) {
        block[filled] = (byte) 0x80;
        Arrays.fill(block, filled + 1, 16, (byte) 0);
      }
      mix(block);
      mix(key);
      byte[] out = new byte[16];
      aes.processBlock(chain, 0, out, 0);
      Arrays.fill(chain, (byte) 0);
      filled = 0;
      return out;
    }
  }
}
