package org.larval.xfrm.crypto;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Integrity algorithms by the kernel's names. Linux takes any key length for HMACs and any check
 * value of whole bytes up to the whole digest.
 */
public enum AuthAlgorithm {
  /** HMAC with SHA-1 (RFC 2404). */
  HMAC_SHA1("hmac(sha1)", 20, 96, false),
  /**
   * HMAC with SHA-256 (RFC 4868); Linux truncates to 96 bits, as an early draft had it, unless 128
   * are asked for.
   */
  HMAC_SHA256("hmac(sha256)", 32, 96, false),
  /** HMAC with SHA-384 (RFC 4868). */
  HMAC_SHA384("hmac(sha384)", 48, 192, false),
  /** HMAC with SHA-512 (RFC 4868). */
  HMAC_SHA512("hmac(sha512)", 64, 256, false),
  /** AES-XCBC-MAC (RFC 3566). */
  AES_XCBC("xcbc(aes)", 16, 96, true),
  /** AES-CMAC (RFC 4494). */
  AES_CMAC("cmac(aes)", 16, 96, true),
  /** No integrity, said aloud. */
  NULL("digest_null", 0, 0, false);

  /** The longest key that is taken; Linux's limit is the size of a netlink attribute. */
  private static final int MAX_KEY = 512;

  private final String label;
  private final int digestLength;
  private final int defaultIcvBits;
  private final boolean fixedKey;

  AuthAlgorithm(String label, int digestLength, int defaultIcvBits, boolean fixedKey) {
    this.label = label;
    this.digestLength = digestLength;
    this.defaultIcvBits = defaultIcvBits;
    this.fixedKey = fixedKey;
  }

  /** The algorithm of a kernel name, or null if this house does not have it. */
  public static @Nullable AuthAlgorithm named(String name) {
    for (AuthAlgorithm algorithm : values()) {
      if (algorithm.label.equals(name)) {
        return algorithm;
      }
    }
    return null;
  }

  /** All kernel names, to tell somebody what there is. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(AuthAlgorithm::label).toList();
  }

  /** The kernel's name, as {@code ip xfrm} prints it. */
  public String label() {
    return label;
  }

  /** Bytes of the whole digest. */
  public int digestLength() {
    return digestLength;
  }

  /** What Linux truncates to if nothing else is asked for, in bits. */
  public int defaultIcvBits() {
    return defaultIcvBits;
  }

  /** Whether a key of this many bytes fits. */
  public boolean takesKey(int length) {
    return fixedKey ? length == digestLength : length <= MAX_KEY;
  }

  /** The lengths of keys that fit, in words. */
  public String keyLengthsText() {
    return fixedKey ? digestLength + " bytes" : "0 to " + MAX_KEY + " bytes";
  }

  /** Whether a check value may have this many bits. */
  public boolean takesIcv(int bits) {
    return bits % Byte.SIZE == 0 && bits >= 0 && bits <= digestLength * Byte.SIZE;
  }

  /** The sizes of check values that fit, in words. */
  public String icvText() {
    return "whole bytes up to " + digestLength * Byte.SIZE + " bits";
  }

  @Override
  public String toString() {
    return label;
  }
}
