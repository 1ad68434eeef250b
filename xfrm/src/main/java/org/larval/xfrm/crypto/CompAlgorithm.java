package org.larval.xfrm.crypto;

import org.jspecify.annotations.Nullable;

/** Compression of IPComp by the kernel's names. */
public enum CompAlgorithm {
  /** Raw deflate (RFC 2394); payloads under 90 bytes are sent as they are. */
  DEFLATE("deflate", 90);

  private final String label;
  private final int threshold;

  CompAlgorithm(String label, int threshold) {
    this.label = label;
    this.threshold = threshold;
  }

  /** The algorithm of a kernel name, or null if this house does not have it. */
  public static @Nullable CompAlgorithm named(String name) {
    return DEFLATE.label.equals(name) ? DEFLATE : null;
  }

  /** The kernel's name. */
  public String label() {
    return label;
  }

  /** Payloads shorter than this many bytes are not compressed. */
  public int threshold() {
    return threshold;
  }

  @Override
  public String toString() {
    return label;
  }
}
