package org.larval.xfrm;

/** A netfilter mark and the bits that count (XFRMA_MARK). */
public record Mark(int value, int mask) {
  /** Matches everything. */
  public static final Mark NONE = new Mark(0, 0);

  /** Whether a flow's mark fits. */
  public boolean matches(int mark) {
    return (mark & mask) == value;
  }
}
