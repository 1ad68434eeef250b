package org.larval.lab.show;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.MD5Digest;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.BlowfishEngine;
import org.bouncycastle.crypto.engines.CAST5Engine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.engines.DESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.AEADCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CCMBlockCipher;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.SICBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/**
 * Opens what one key protects, an SK payload or ESP. It only reads captures: nothing is sealed
 * here, and nobody is told apart by time.
 */
final class PacketCipher {
  private final CipherSpec spec;
  private final byte[] key;
  private final byte[] salt;
  private final byte[] checkKey;

  /**
   * With a key.
   *
   * @param material the key and the salt behind it
   * @throws IllegalArgumentException if the key is too short to have a salt
   */
  PacketCipher(CipherSpec spec, byte[] material, byte[] checkKey) {
    int size = material.length - spec.kind().salt();
    if (size < (spec.kind() == CipherSpec.Kind.NULL ? 0 : 1)) {
      throw new IllegalArgumentException("a key of " + material.length + " octets is too short");
    }
    this.spec = spec;
    this.key = Arrays.copyOf(material, size);
    this.salt = Arrays.copyOfRange(material, size, material.length);
    this.checkKey = checkKey.clone();
  }

  CipherSpec spec() {
    return spec;
  }

  /**
   * What is inside, padding included; null if the check value is wrong, there is too little, or the
   * key is none of this algorithm.
   *
   * @param packet its end is that of the check value
   * @param content where the IV stands, or the ciphertext where the IV is implicit
   * @param aad what an AEAD covers beside the ciphertext
   * @param covered what a separate check value covers behind the packet, the upper half of an
   *     extended sequence number
   * @param sequence 8 octets for an implicit IV
   */
  byte @Nullable [] open(byte[] packet, int content, byte[] aad, byte[] covered, byte[] sequence) {
    int ivSize = spec.implicitIv() ? 0 : spec.kind().iv();
    int body = content + ivSize;
    int end = packet.length - spec.trailer();
    if (body > end) {
      return null;
    }
    try {
      if (!checked(packet, end, covered)) {
        return null;
      }
      byte[] iv = spec.implicitIv() ? sequence : Arrays.copyOfRange(packet, content, body);
      return decrypt(packet, iv, body, end, aad);
    } catch (IllegalArgumentException | IllegalStateException | InvalidCipherTextException e) {
      return null;
    }
  }

  private boolean checked(byte[] packet, int end, byte[] covered) {
    byte[] code =
        switch (spec.check().mac()) {
          case NONE, UNCHECKED -> null;
          case MD5 -> hmac(new MD5Digest(), packet, end, covered);
          case SHA1 -> hmac(new SHA1Digest(), packet, end, covered);
          case SHA256 -> hmac(SHA256Digest.newInstance(), packet, end, covered);
          case SHA384 -> hmac(new SHA384Digest(), packet, end, covered);
          case SHA512 -> hmac(new SHA512Digest(), packet, end, covered);
          case RIPEMD160 -> hmac(new RIPEMD160Digest(), packet, end, covered);
          case XCBC -> xcbc(packet, end, covered);
          case CMAC -> cmac(packet, end, covered);
        };
    return code == null
        || MessageDigest.isEqual(
            Arrays.copyOf(code, spec.check().size()),
            Arrays.copyOfRange(packet, end, packet.length));
  }

  private byte[] hmac(Digest digest, byte[] packet, int end, byte[] covered) {
    HMac mac = new HMac(digest);
    mac.init(new KeyParameter(checkKey));
    mac.update(packet, 0, end);
    mac.update(covered, 0, covered.length);
    byte[] code = new byte[mac.getMacSize()];
    mac.doFinal(code, 0);
    return code;
  }

  private byte[] cmac(byte[] packet, int end, byte[] covered) {
    CMac mac = new CMac(AESEngine.newInstance());
    mac.init(new KeyParameter(checkKey));
    mac.update(packet, 0, end);
    mac.update(covered, 0, covered.length);
    byte[] code = new byte[mac.getMacSize()];
    mac.doFinal(code, 0);
    return code;
  }

  /** AES-XCBC-MAC (RFC 3566). */
  private byte[] xcbc(byte[] packet, int end, byte[] covered) {
    byte[] data = Arrays.copyOf(packet, end + covered.length);
    System.arraycopy(covered, 0, data, end, covered.length);
    BlockCipher aes = AESEngine.newInstance();
    aes.init(true, new KeyParameter(checkKey));
    byte[][] keys = new byte[3][16];
    for (int i = 0; i < 3; i++) {
      Arrays.fill(keys[i], (byte) (i + 1));
      aes.processBlock(keys[i], 0, keys[i], 0);
    }
    aes.init(true, new KeyParameter(keys[0]));
    byte[] code = new byte[16];
    int blocks = Math.max(1, (data.length + 15) / 16);
    boolean whole = data.length > 0 && data.length % 16 == 0;
    byte[] padded = Arrays.copyOf(data, blocks * 16);
    if (!whole) {
      padded[data.length] = (byte) 0x80;
    }
    byte[] last = whole ? keys[1] : keys[2];
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < 16; i++) {
        code[i] ^= (byte) (padded[block * 16 + i] ^ (block == blocks - 1 ? last[i] : 0));
      }
      aes.processBlock(code, 0, code, 0);
    }
    return code;
  }

  private byte[] decrypt(byte[] packet, byte[] iv, int body, int end, byte[] aad)
      throws InvalidCipherTextException {
    return switch (spec.kind()) {
      case NULL -> Arrays.copyOfRange(packet, body, end);
      case DES -> cbc(new DESEngine(), iv, packet, body, end);
      case TRIPLE_DES -> cbc(new DESedeEngine(), iv, packet, body, end);
      case CAST5 -> cbc(new CAST5Engine(), iv, packet, body, end);
      case BLOWFISH -> cbc(new BlowfishEngine(), iv, packet, body, end);
      case TWOFISH -> cbc(new TwofishEngine(), iv, packet, body, end);
      case AES -> cbc(AESEngine.newInstance(), iv, packet, body, end);
      case CAMELLIA -> cbc(new CamelliaEngine(), iv, packet, body, end);
      case AES_CTR -> ctr(AESEngine.newInstance(), iv, packet, body, end);
      case CAMELLIA_CTR -> ctr(new CamelliaEngine(), iv, packet, body, end);
      case AES_GCM ->
          aead(GCMBlockCipher.newInstance(AESEngine.newInstance()), iv, aad, packet, body, end);
      case AES_CCM ->
          aead(CCMBlockCipher.newInstance(AESEngine.newInstance()), iv, aad, packet, body, end);
      case CAMELLIA_CCM ->
          aead(CCMBlockCipher.newInstance(new CamelliaEngine()), iv, aad, packet, body, end);
      case CHACHA20_POLY1305 -> aead(new ChaCha20Poly1305(), iv, aad, packet, body, end);
      case AES_GMAC -> {
        byte[] all = Arrays.copyOf(aad, aad.length + iv.length + end - body);
        System.arraycopy(iv, 0, all, aad.length, iv.length);
        System.arraycopy(packet, body, all, aad.length + iv.length, end - body);
        aead(GCMBlockCipher.newInstance(AESEngine.newInstance()), iv, all, packet, end, end);
        yield Arrays.copyOfRange(packet, body, end);
      }
    };
  }

  private byte[] cbc(BlockCipher engine, byte[] iv, byte[] packet, int body, int end) {
    BlockCipher cipher = CBCBlockCipher.newInstance(engine);
    cipher.init(false, new ParametersWithIV(new KeyParameter(key), iv));
    int block = cipher.getBlockSize();
    if ((end - body) % block != 0) {
      throw new IllegalArgumentException("no whole blocks");
    }
    byte[] plain = new byte[end - body];
    for (int at = 0; at < plain.length; at += block) {
      cipher.processBlock(packet, body + at, plain, at);
    }
    return plain;
  }

  private byte[] ctr(BlockCipher engine, byte[] iv, byte[] packet, int body, int end) {
    var cipher = SICBlockCipher.newInstance(engine);
    byte[] counter = Arrays.copyOf(nonce(iv), 16);
    counter[15] = 1;
    cipher.init(false, new ParametersWithIV(new KeyParameter(key), counter));
    byte[] plain = new byte[end - body];
    cipher.processBytes(packet, body, plain.length, plain, 0);
    return plain;
  }

  private byte[] aead(AEADCipher cipher, byte[] iv, byte[] aad, byte[] packet, int body, int end)
      throws InvalidCipherTextException {
    cipher.init(false, new AEADParameters(new KeyParameter(key), spec.icv() * 8, nonce(iv), aad));
    byte[] plain = new byte[cipher.getOutputSize(end - body + spec.icv())];
    int done = cipher.processBytes(packet, body, end - body + spec.icv(), plain, 0);
    done += cipher.doFinal(plain, done);
    return Arrays.copyOf(plain, done);
  }

  private byte[] nonce(byte[] iv) {
    byte[] nonce = Arrays.copyOf(salt, salt.length + iv.length);
    System.arraycopy(iv, 0, nonce, salt.length, iv.length);
    return nonce;
  }
}
