package org.larval.xfrm.transform;

import java.util.Arrays;

/**
 * The anti-replay window of one inbound SA: which of the last sequence numbers were seen (RFC 4302
 * 3.4.3, RFC 4303 3.4.3, appendix A; the bitmap as in RFC 6479). It decides as
 * net/xfrm/xfrm_replay.c does: without extended numbers its LEGACY and BMP modes, which differ only
 * in how they keep the bits, and with them its ESN mode.
 *
 * <p>Asking and marking are apart: {@link #check} changes nothing, and only a packet that was
 * authenticated may reach {@link #advance}.
 */
final class ReplayWindow {
  /** The largest window that Linux takes (XFRMA_REPLAY_ESN_MAX bits). */
  static final int MAX_SIZE = 4096;

  /** What the window says of a sequence number. */
  enum Answer {
    /** Not seen yet. */
    NEW,
    /** A number that no sender uses: 0. Linux refuses it without counting it for the SA. */
    NEVER_SENT,
    /** Left of the window (counted by Linux as stats.replay_window). */
    TOO_OLD,
    /** Inside the window and seen before (counted by Linux as stats.replay). */
    REPLAYED
  }

  private static final long LOW = 0xffff_ffffL;

  private final int size;
  private final boolean extended;
  private final long[] seen;
  private final long ring;
  private long top;

  /**
   * A window in which nothing was seen.
   *
   * @param size how many numbers it spans, 0 to 4096; 0 accepts everything and is not allowed with
   *     extended numbers, which are inferred from the window
   * @param extended whether sequence numbers have 64 bits of which 32 travel (ESN)
   * @param top the highest number so far, 0 for a new SA; it itself is not marked as seen
   */
  ReplayWindow(int size, boolean extended, long top) {
    if (size < 0 || size > MAX_SIZE || extended && size == 0) {
      throw new IllegalArgumentException(
          "replay window " + size + " is not in " + (extended ? 1 : 0) + ".." + MAX_SIZE);
    }
    this.size = size;
    this.extended = extended;
    this.top = extended ? top : top & LOW;
    int bits = Math.max(Long.SIZE, Integer.highestOneBit(Math.max(1, size - 1)) << 1);
    seen = new long[bits / Long.SIZE];
    ring = bits - 1L;
  }

  /** Takes over what a window of the same kind has seen. */
  void continues(ReplayWindow other) {
    System.arraycopy(other.seen, 0, seen, 0, seen.length);
    top = other.top;
  }

  /** How many numbers it spans; 0 if there is no protection. */
  int size() {
    return size;
  }

  /** Whether numbers have 64 bits. */
  boolean extended() {
    return extended;
  }

  /** The highest number accepted so far. */
  long top() {
    return top;
  }

  /**
   * The whole number of which 32 bits arrived (xfrm_replay_seqhi). Just after the start, 32 bits
   * that lie left of zero give a negative number, which no honest peer authenticates.
   */
  long infer(int low) {
    long sequence = low & LOW;
    if (!extended) {
      return sequence;
    }
    long topLow = top & LOW;
    long bottom = topLow - size + 1 & LOW;
    long high = top >>> 32;
    if (topLow >= size - 1) {
      high += sequence < bottom ? 1 : 0;
    } else {
      high -= sequence >= bottom ? 1 : 0;
    }
    return high << 32 | sequence;
  }

  /** Whether a number, as {@link #infer} gave it, may be accepted. Changes nothing. */
  Answer check(long sequence) {
    if (size == 0) {
      return Answer.NEW;
    }
    if (sequence == 0 && (!extended || top < size - 1 && top >= 0)) {
      return Answer.NEVER_SENT;
    }
    long behind = top - sequence;
    if (behind < 0) {
      return Answer.NEW;
    }
    if (behind >= size) {
      return Answer.TOO_OLD;
    }
    return marked(sequence) ? Answer.REPLAYED : Answer.NEW;
  }

  /** Marks a number that was {@link Answer#NEW} and authenticated; the window moves if it must. */
  void advance(long sequence) {
    if (size == 0) {
      return;
    }
    long ahead = sequence - top;
    if (ahead > ring) {
      Arrays.fill(seen, 0);
    } else {
      for (long skipped = top + 1; skipped - sequence < 0; skipped++) {
        seen[word(skipped)] &= ~(1L << skipped);
      }
    }
    if (ahead > 0) {
      top = sequence;
    }
    seen[word(sequence)] |= 1L << sequence;
  }

  /**
   * The same as Linux keeps it, 32 numbers a word: up to 32 numbers without ESN in one word whose
   * lowest bit is the highest number (struct xfrm_replay_state), else in a ring (struct
   * xfrm_replay_state_esn).
   */
  int[] bits() {
    int[] bits = new int[Math.max(1, (size + 31) / 32)];
    boolean ringed = extended || size > 32;
    long place = ringed && size > 0 ? (top - 1 & LOW) % size : 0;
    for (int behind = 0; behind < size && behind < top; behind++) {
      if (marked(top - behind)) {
        int bit = ringed ? (int) ((place - behind + size) % size) : behind;
        bits[bit / 32] |= 1 << bit;
      }
    }
    return bits;
  }

  private boolean marked(long sequence) {
    return (seen[word(sequence)] & 1L << sequence) != 0;
  }

  private int word(long sequence) {
    return (int) ((sequence & ring) / Long.SIZE);
  }

  @Override
  public String toString() {
    return "window " + size + (extended ? " extended" : "") + " top 0x" + Long.toHexString(top);
  }
}
