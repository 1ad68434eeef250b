package org.larval.xfrm.transform;

/**
 * The sequence numbers of one outbound SA (RFC 4303 3.3.3). The first packet carries 1. When all
 * numbers are used the SA can send nothing more: a number that came back would be a nonce that came
 * back, so there is no way to let it wrap.
 */
final class SequenceCounter {
  private static final long LAST_SHORT = 0xffff_ffffL;

  private final boolean extended;
  private long last;

  /**
   * A counter.
   *
   * @param extended 64 bits instead of 32
   * @param last the last number used, 0 for a new SA
   */
  SequenceCounter(boolean extended, long last) {
    if (!extended && (last < 0 || last > LAST_SHORT)) {
      throw new IllegalArgumentException(
          "sequence number 0x" + Long.toHexString(last) + " needs extended sequence numbers");
    }
    this.extended = extended;
    this.last = last;
  }

  /** Takes the next number; false, now and for ever, if there is none (EOVERFLOW in Linux). */
  boolean advance() {
    if (last == (extended ? -1L : LAST_SHORT)) {
      return false;
    }
    last++;
    return true;
  }

  /** Makes 0 the next number: only a recorded packet of a sender that wrapped has it. */
  void beforeZero() {
    last = -1;
  }

  /** The number taken last; unsigned. */
  long last() {
    return last;
  }

  @Override
  public String toString() {
    return "last 0x" + Long.toHexString(last);
  }
}
