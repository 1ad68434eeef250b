package org.larval.xfrm.crypto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Combined-mode algorithms by the names that the kernel knows them by: what their keys, salts, IVs
 * and integrity check values measure.
 */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are private and never written
public enum AeadAlgorithm {
  /** AES in Galois/counter mode (RFC 4106). */
  AES_GCM("rfc4106(gcm(aes))", new int[] {16, 24, 32}, 4, 8, new int[] {64, 96, 128}),
  /** AES in counter mode with CBC-MAC (RFC 4309). */
  AES_CCM("rfc4309(ccm(aes))", new int[] {16, 24, 32}, 3, 8, new int[] {64, 96, 128}),
  /** GMAC: integrity of AES-GCM without encryption (RFC 4543). */
  AES_GMAC("rfc4543(gcm(aes))", new int[] {16, 24, 32}, 4, 8, new int[] {128}),
  /** ChaCha20 and Poly1305 (RFC 7634). */
  CHACHA20_POLY1305("rfc7539esp(chacha20,poly1305)", new int[] {32}, 4, 8, new int[] {128});

  private final String label;
  private final int[] keyLengths;
  private final int saltLength;
  private final int ivLength;
  private final int[] icvBits;

  AeadAlgorithm(String label, int[] keyLengths, int saltLength, int ivLength, int[] icvBits) {
    this.label = label;
    this.keyLengths = keyLengths;
    this.saltLength = saltLength;
    this.ivLength = ivLength;
    this.icvBits = icvBits;
  }

  /** The algorithm of a kernel name, or null if this house does not have it. */
  public static @Nullable AeadAlgorithm named(String name) {
    for (AeadAlgorithm algorithm : values()) {
      if (algorithm.label.equals(name)) {
        return algorithm;
      }
    }
    return null;
  }

  /** All kernel names, to tell somebody what there is. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(AeadAlgorithm::label).toList();
  }

  /** The kernel's name, as {@code ip xfrm} prints it. */
  public String label() {
    return label;
  }

  /** Bytes of salt, which follow the cipher's key in the keying material. */
  public int saltLength() {
    return saltLength;
  }

  /** Bytes of IV in every packet. */
  public int ivLength() {
    return ivLength;
  }

  /** Whether keying material of this many bytes, salt included, is a key and a salt. */
  public boolean takesKey(int length) {
    return Arrays.stream(keyLengths).anyMatch(key -> key + saltLength == length);
  }

  /** Whether an integrity check value may have this many bits. */
  public boolean takesIcv(int bits) {
    return Arrays.stream(icvBits).anyMatch(allowed -> allowed == bits);
  }

  /** The lengths of keying material that fit, in words. */
  public String keyLengthsText() {
    List<String> texts = new ArrayList<>();
    for (int key : keyLengths) {
      texts.add(key + saltLength + " (" + key * 8 + "-bit key)");
    }
    return String.join(", ", texts) + " bytes, the last " + saltLength + " of them salt";
  }

  /** The sizes of integrity check values that fit, in words. */
  public String icvText() {
    return String.join(", ", Arrays.stream(icvBits).mapToObj(Integer::toString).toList()) + " bits";
  }

  @Override
  public String toString() {
    return label;
  }
}
