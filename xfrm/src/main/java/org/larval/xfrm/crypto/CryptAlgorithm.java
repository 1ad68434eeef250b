package org.larval.xfrm.crypto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ciphers without integrity by the kernel's names: what keys, IVs and blocks measure. */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are private and never written
public enum CryptAlgorithm {
  /** No encryption (RFC 2410). */
  NULL("ecb(cipher_null)", "cipher_null", new int[] {0}, 0, 0, 1),
  /** AES in CBC mode (RFC 3602). */
  AES_CBC("cbc(aes)", "aes", new int[] {16, 24, 32}, 0, 16, 16),
  /** AES in counter mode (RFC 3686); the nonce follows the key. */
  AES_CTR("rfc3686(ctr(aes))", "rfc3686(ctr(aes))", new int[] {16, 24, 32}, 4, 8, 1),
  /** Camellia in CBC mode (RFC 4312). */
  CAMELLIA_CBC("cbc(camellia)", "camellia", new int[] {16, 24, 32}, 0, 16, 16),
  /** Triple DES in CBC mode (RFC 2451). */
  DES3_CBC("cbc(des3_ede)", "des3_ede", new int[] {24}, 0, 8, 8);

  private final String label;
  private final String oldName;
  private final int[] keyLengths;
  private final int nonceLength;
  private final int ivLength;
  private final int block;

  CryptAlgorithm(
      String label, String oldName, int[] keyLengths, int nonceLength, int ivLength, int block) {
    this.label = label;
    this.oldName = oldName;
    this.keyLengths = keyLengths;
    this.nonceLength = nonceLength;
    this.ivLength = ivLength;
    this.block = block;
  }

  /**
   * The algorithm of a kernel name, or of the short name that old scripts use and the kernel still
   * takes, or null if this house does not have it.
   */
  public static @Nullable CryptAlgorithm named(String name) {
    for (CryptAlgorithm algorithm : values()) {
      if (algorithm.label.equals(name) || algorithm.oldName.equals(name)) {
        return algorithm;
      }
    }
    return null;
  }

  /** All kernel names, to tell somebody what there is. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(CryptAlgorithm::label).toList();
  }

  /** The kernel's name, as {@code ip xfrm} prints it. */
  public String label() {
    return label;
  }

  /** Bytes of nonce, which follow the cipher's key in the keying material. */
  public int nonceLength() {
    return nonceLength;
  }

  /** Bytes of IV in every packet. */
  public int ivLength() {
    return ivLength;
  }

  /** Bytes of a block, 1 for stream ciphers. */
  public int block() {
    return block;
  }

  /** Whether keying material of this many bytes, nonce included, fits. */
  public boolean takesKey(int length) {
    return Arrays.stream(keyLengths).anyMatch(key -> key + nonceLength == length);
  }

  /** The lengths of keying material that fit, in words. */
  public String keyLengthsText() {
    List<String> texts = new ArrayList<>();
    for (int key : keyLengths) {
      texts.add(Integer.toString(key + nonceLength));
    }
    return String.join(", ", texts)
        + " bytes"
        + (nonceLength == 0 ? "" : ", the last " + nonceLength + " of them nonce");
  }

  @Override
  public String toString() {
    return label;
  }
}
