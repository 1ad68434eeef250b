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
  HMAC_SHA1("hmac(sha1)", "sha1", 20, 96, false),
  /**
   * HMAC with SHA-256 (RFC 4868); Linux truncates to 96 bits, as an early draft had it, unless 128
   * are asked for.
   */
  HMAC_SHA256("hmac(sha256)", "sha256", 32, 96, false),
  /** HMAC with SHA-384 (RFC 4868). */
  HMAC_SHA384("hmac(sha384)", "hmac(sha384)", 48, 192, false),
  /** HMAC with SHA-512 (RFC 4868). */
  HMAC_SHA512("hmac(sha512)", "hmac(sha512)", 64, 256, false),
  /** HMAC with RIPEMD-160 (RFC 2857). */
  HMAC_RMD160("hmac(rmd160)", "rmd160", 20, 96, false),
  /** AES-XCBC-MAC (RFC 3566). */
  AES_XCBC("xcbc(aes)", "xcbc(aes)", 16, 96, true),
  /** AES-CMAC (RFC 4494). */
  AES_CMAC("cmac(aes)", "cmac(aes)", 16, 96, true),
  /** No integrity, said aloud. */
  NULL("digest_null", "digest_null", 0, 0, false);

  /** The longest key that is taken; Linux's limit is the size of a netlink attribute. */
  private static final int MAX_KEY = 512;

  private final String label;
  private final String oldName;
  private final int digestLength;
  private final int defaultIcvBits;
  private final boolean aesKey;

  AuthAlgorithm(
      String label, String oldName, int digestLength, int defaultIcvBits, boolean aesKey) {
    this.label = label;
    this.oldName = oldName;
    this.digestLength = digestLength;
    this.defaultIcvBits = defaultIcvBits;
    this.aesKey = aesKey;
  }

  /**
   * The algorithm of a kernel name, or of the short name that old scripts use and the kernel still
   * takes, or null if this house does not have it.
   */
  public static @Nullable AuthAlgorithm named(String name) {
    for (AuthAlgorithm algorithm : values()) {
      if (algorithm.label.equals(name) || algorithm.oldName.equals(name)) {
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
    return aesKey ? length == 16 || length == 24 || length == 32 : length <= MAX_KEY;
  }

  /** The lengths of keys that fit, in words. */
  public String keyLengthsText() {
    return aesKey
        ? "16 bytes (or, beyond the RFCs as Linux does, 24 or 32)"
        : "0 to " + MAX_KEY + " bytes";
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
