package org.larval.ike.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.modes.AEADBlockCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.modes.CCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/**
 * Protects the content of SK and SKF payloads in one direction of one IKE SA (RFC 7296 section
 * 3.14, RFC 5282, RFC 7383). The content is IV, ciphertext of payloads with padding and pad length,
 * integrity check value; everything in front of it in the message is authenticated as it stands, so
 * the lengths must be final before sealing.
 *
 * <p>Explicit IVs of counter modes count from 0 and never repeat in this object: there must be one
 * object for a key that seals. Those of CBC are random. One thread at a time.
 */
public final class SkProtection {
  private static final byte[] NO_OCTETS = new byte[0];

  private final Encryption encryption;
  private final Integrity integrity;
  private final RandomGenerator random;
  private final byte[] key;
  private final byte[] salt;
  private final byte[] integrityKey;
  private final @Nullable KeyedMac mac;
  private long nextIv;
  private boolean destroyed;

  /**
   * For the keys of one direction.
   *
   * @param encryptionKey SK_ei or SK_er
   * @param integrityKey SK_ai or SK_ar; empty beside an AEAD
   * @param random for the IVs of CBC
   */
  public SkProtection(
      IkeSuite suite, Secret encryptionKey, Secret integrityKey, RandomGenerator random) {
    this.encryption = suite.encryption();
    this.integrity = suite.integrity();
    this.random = random;
    int keySize = encryption.keySize(suite.keyBits());
    if (!encryption.forIke()
        || encryptionKey.size() != encryption.keyMaterialSize(suite.keyBits())
        || integrityKey.size() != integrity.keySize()
        || encryption.combined() == (integrity != Integrity.NONE)) {
      throw new IllegalArgumentException("keys that do not fit " + suite);
    }
    byte[] material = encryptionKey.toArray();
    this.key = Arrays.copyOf(material, keySize);
    this.salt = Arrays.copyOfRange(material, keySize, material.length);
    this.integrityKey = integrityKey.toArray();
    this.mac = encryption.combined() ? null : KeyedMac.of(integrity.mac());
  }

  private int icvSize() {
    return encryption.combined() ? encryption.icvSize() : integrity.icvSize();
  }

  /** Octets of content for so many octets of payloads. */
  public int sealedSize(int plainSize) {
    int block = encryption.blockSize();
    int padded = (plainSize + 1 + block - 1) / block * block;
    return encryption.ivSize() + padded + icvSize();
  }

  /** The most octets of payloads whose content fits into so many octets; below 0 for none. */
  public int plainSize(int sealedSize) {
    int block = encryption.blockSize();
    int room = sealedSize - encryption.ivSize() - icvSize();
    return room < 0 ? -1 : room / block * block - 1;
  }

  /**
   * Fills in the content at the end of a message.
   *
   * @param message complete in front of the content, {@link #sealedSize} octets behind it
   * @param content where the content begins
   * @param plain the payloads inside
   */
  public void seal(byte[] message, int content, byte[] plain) {
    if (destroyed) {
      throw new IllegalStateException("the keys are destroyed");
    }
    if (message.length - content != sealedSize(plain.length)) {
      throw new IllegalArgumentException("a message of the wrong size");
    }
    int ivSize = encryption.ivSize();
    int body = content + ivSize;
    int icv = message.length - icvSize();
    byte[] padded = Arrays.copyOf(plain, icv - body);
    padded[padded.length - 1] = (byte) (padded.length - 1 - plain.length);
    byte[] iv = nextIv(ivSize);
    System.arraycopy(iv, 0, message, content, ivSize);
    byte[] out = transform(true, iv, message, content, padded, 0, padded.length);
    if (out == null) {
      throw new IllegalStateException("sealing failed");
    }
    System.arraycopy(out, 0, message, body, out.length);
    Arrays.fill(padded, (byte) 0);
    if (mac != null) {
      System.arraycopy(code(mac, message, icv), 0, message, icv, integrity.icvSize());
    }
  }

  private byte[] nextIv(int size) {
    byte[] iv = new byte[size];
    if (encryption.kind() == Encryption.Kind.CBC) {
      random.nextBytes(iv);
      return iv;
    }
    if (nextIv == -1) {
      throw new IllegalStateException("the IVs of this key are used up");
    }
    long value = nextIv++;
    for (int at = size - 1; at >= 0; at--) {
      iv[at] = (byte) value;
      value >>>= 8;
    }
    return iv;
  }

  /**
   * The payloads inside a message, or null when anything is wrong with it; the reason is not told.
   *
   * @param message as it came, the content reaching to its end
   * @param content where the content begins, after the header of the SK or SKF payload
   */
  public byte @Nullable [] open(byte[] message, int content) {
    int ivSize = encryption.ivSize();
    int body = content + ivSize;
    int icv = message.length - icvSize();
    int size = icv - body;
    if (destroyed || content < 0 || size < 1 || size % encryption.blockSize() != 0) {
      return null;
    }
    if (mac != null) {
      byte[] theirs = Arrays.copyOfRange(message, icv, message.length);
      if (!MessageDigest.isEqual(code(mac, message, icv), theirs)) {
        return null;
      }
    }
    byte[] iv = Arrays.copyOfRange(message, content, body);
    int coded = encryption.combined() ? message.length - body : size;
    byte[] padded = transform(false, iv, message, content, message, body, coded);
    if (padded == null || padded.length < 1) {
      return null;
    }
    int plain = padded.length - 1 - (padded[padded.length - 1] & 0xff);
    return plain < 0 ? null : Arrays.copyOf(padded, plain);
  }

  private byte[] code(KeyedMac mac, byte[] message, int end) {
    mac.init(integrityKey);
    mac.update(message, 0, end);
    return Arrays.copyOf(mac.finish(), integrity.icvSize());
  }

  private byte @Nullable [] transform(
      boolean seal, byte[] iv, byte[] message, int aadSize, byte[] in, int offset, int size) {
    byte[] nonce = Arrays.copyOf(salt, salt.length + iv.length);
    System.arraycopy(iv, 0, nonce, salt.length, iv.length);
    boolean small = encryption.icvSize() < 12;
    return switch (encryption.kind()) {
      case CBC ->
          encryption == Encryption.CAMELLIA_CBC
              ? camellia(seal, iv, in, offset, size)
              : jdk("AES/CBC/NoPadding", new IvParameterSpec(iv), seal, null, 0, in, offset, size);
      case CTR -> {
        byte[] counter = Arrays.copyOf(nonce, 16);
        counter[15] = 1;
        yield jdk(
            "AES/CTR/NoPadding", new IvParameterSpec(counter), seal, null, 0, in, offset, size);
      }
      case GCM ->
          small
              ? aead(
                  GCMBlockCipher.newInstance(aes()),
                  nonce,
                  seal,
                  message,
                  aadSize,
                  in,
                  offset,
                  size)
              : jdk(
                  "AES/GCM/NoPadding",
                  new GCMParameterSpec(8 * encryption.icvSize(), nonce),
                  seal,
                  message,
                  aadSize,
                  in,
                  offset,
                  size);
      case CCM ->
          aead(CCMBlockCipher.newInstance(aes()), nonce, seal, message, aadSize, in, offset, size);
      case CHACHA ->
          jdk(
              "ChaCha20-Poly1305",
              new IvParameterSpec(nonce),
              seal,
              message,
              aadSize,
              in,
              offset,
              size);
      case NONE, GMAC -> throw new IllegalStateException("not a cipher of IKE");
    };
  }

  private static BlockCipher aes() {
    return AESEngine.newInstance();
  }

  private byte @Nullable [] jdk(
      String name,
      AlgorithmParameterSpec parameters,
      boolean seal,
      byte @Nullable [] message,
      int aadSize,
      byte[] in,
      int offset,
      int size) {
    try {
      Cipher cipher = Jdk.cipher(name);
      String family = encryption.kind() == Encryption.Kind.CHACHA ? "ChaCha20" : "AES";
      cipher.init(
          seal ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE,
          new SecretKeySpec(key, family),
          parameters);
      if (message != null) {
        cipher.updateAAD(message, 0, aadSize);
      }
      return cipher.doFinal(in, offset, size);
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  /** What the JDK lacks: CCM, and GCM with 8 octets of tag. */
  private byte @Nullable [] aead(
      AEADBlockCipher cipher,
      byte[] nonce,
      boolean seal,
      byte[] message,
      int aadSize,
      byte[] in,
      int offset,
      int size) {
    byte[] aad = Arrays.copyOf(message, aadSize);
    cipher.init(
        seal, new AEADParameters(new KeyParameter(key), 8 * encryption.icvSize(), nonce, aad));
    byte[] out = new byte[cipher.getOutputSize(size)];
    try {
      int done = cipher.processBytes(in, offset, size, out, 0);
      done += cipher.doFinal(out, done);
      return done == out.length ? out : Arrays.copyOf(out, done);
    } catch (InvalidCipherTextException | IllegalStateException e) {
      return null;
    }
  }

  private byte[] camellia(boolean seal, byte[] iv, byte[] in, int offset, int size) {
    CBCModeCipher cipher = CBCBlockCipher.newInstance(new CamelliaEngine());
    cipher.init(seal, new ParametersWithIV(new KeyParameter(key), iv));
    byte[] out = size == 0 ? NO_OCTETS : new byte[size];
    for (int at = 0; at < size; at += 16) {
      cipher.processBlock(in, offset + at, out, at);
    }
    return out;
  }

  /** Overwrites the keys; nothing can be sealed or opened after. */
  public void destroy() {
    destroyed = true;
    Arrays.fill(key, (byte) 0);
    Arrays.fill(salt, (byte) 0);
    Arrays.fill(integrityKey, (byte) 0);
  }
}
