package org.larval.lab.bench;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.larval.xfrm.crypto.BareGcm;
import org.larval.xfrm.crypto.CryptoChoice;

/** AES-128-GCM and nothing else, with a nonce of its own for each packet, as GCM demands. */
final class BareCipher {
  private static final int TAG = 16;
  private static final int IV = 8;
  private static final int NONCE = 12;
  private static final int AES_128 = 16;

  private BareCipher() {}

  static Contender of(
      CryptoChoice library, byte[] keyAndSalt, int packets, int bytes, boolean seals) {
    return library == CryptoChoice.IPSEC_MB
        ? new Native(new BareGcm(keyAndSalt, packets, bytes), packets, seals)
        : new Jdk(keyAndSalt, packets, bytes, seals);
  }

  /** libIPSec_MB in place. */
  private record Native(BareGcm gcm, int packets, boolean seals) implements Contender {
    @Override
    public String name() {
      return "cipher of libIPSec_MB";
    }

    @Override
    public long run() {
      if (seals) {
        gcm.seal();
      } else {
        gcm.open();
      }
      return packets;
    }
  }

  /** SunJCE from array to array, which is its fastest way. */
  private static final class Jdk implements Contender {
    private final boolean seals;
    private final int bytes;
    private final byte[] plain;
    private final byte[][] sealed;
    private final byte[][] nonces;
    private final byte[] aad = new byte[8];
    private final SecretKey key;
    private final Cipher cipher;
    private long sequence;

    Jdk(byte[] keyAndSalt, int packets, int bytes, boolean seals) {
      this.seals = seals;
      this.bytes = bytes;
      key = new SecretKeySpec(keyAndSalt, 0, AES_128, "AES");
      plain = new byte[bytes + TAG];
      sealed = new byte[packets][bytes + TAG];
      nonces = new byte[packets][NONCE];
      try {
        cipher = Cipher.getInstance("AES/GCM/NoPadding");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      sealAll();
    }

    private void sealAll() {
      for (int i = 0; i < sealed.length; i++) {
        sequence++;
        for (int at = 0; at < IV; at++) {
          nonces[i][NONCE - IV + at] = (byte) (sequence >>> Long.SIZE - 8 - 8 * at);
        }
        crypt(Cipher.ENCRYPT_MODE, nonces[i], plain, bytes, sealed[i]);
      }
    }

    private void crypt(int mode, byte[] nonce, byte[] in, int length, byte[] out) {
      try {
        cipher.init(mode, key, new GCMParameterSpec(TAG * Byte.SIZE, nonce));
        cipher.updateAAD(aad, 0, aad.length);
        cipher.doFinal(in, 0, length, out, 0);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String name() {
      return "cipher of the JDK";
    }

    @Override
    public long run() {
      if (seals) {
        sealAll();
      } else {
        for (int i = 0; i < sealed.length; i++) {
          crypt(Cipher.DECRYPT_MODE, nonces[i], sealed[i], bytes + TAG, plain);
        }
      }
      return sealed.length;
    }
  }
}
