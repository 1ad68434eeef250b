package org.larval.guest.tcp;

import io.netty.buffer.ByteBuf;

/**
 * What arrived: in order up to {@link #next()}, and islands beyond that wait for the gap before
 * them. Bytes stand in the ring at their sequence numbers. Islands are bounded by {@value
 * #MAX_ISLANDS}; data that would make one more is refused and must be sent again.
 */
final class ReceiveBuffer {
  static final int MAX_ISLANDS = 64;

  private final ByteRing ring = new ByteRing();
  private final int[] starts = new int[MAX_ISLANDS];
  private final int[] ends = new int[MAX_ISLANDS];
  private int islands;
  private int read;
  private int next;

  /** The first sequence number that data may have. */
  void begin(int sequence) {
    read = sequence;
    next = sequence;
    islands = 0;
  }

  /** The sequence number that is expected next. */
  int next() {
    return next;
  }

  /** Bytes that the application may read now. */
  int available() {
    return next - read;
  }

  /** Whether there is data beyond a gap. */
  boolean gap() {
    return islands > 0;
  }

  /**
   * Stores data whose end is within the window.
   *
   * @return whether it was kept
   */
  boolean store(int sequence, ByteBuf from, int index, int length) {
    int end = sequence + length;
    if (sequence - next > 0 && !addIsland(sequence, end)) {
      return false;
    }
    ring.reserve(read, end - read);
    ring.put(sequence, from, index, length);
    if (sequence - next <= 0 && end - next > 0) {
      next = end;
      mergeFirst();
    }
    return true;
  }

  private boolean addIsland(int start, int end) {
    int i = 0;
    while (i < islands && ends[i] - start < 0) {
      i++;
    }
    int from = start;
    int to = end;
    int j = i;
    while (j < islands && starts[j] - end <= 0) {
      from = starts[j] - from < 0 ? starts[j] : from;
      to = ends[j] - to > 0 ? ends[j] : to;
      j++;
    }
    int after = islands - (j - i) + 1;
    if (after > MAX_ISLANDS) {
      return false;
    }
    System.arraycopy(starts, j, starts, i + 1, islands - j);
    System.arraycopy(ends, j, ends, i + 1, islands - j);
    starts[i] = from;
    ends[i] = to;
    islands = after;
    return true;
  }

  private void mergeFirst() {
    int merged = 0;
    while (merged < islands && starts[merged] - next <= 0) {
      next = ends[merged] - next > 0 ? ends[merged] : next;
      merged++;
    }
    System.arraycopy(starts, merged, starts, 0, islands - merged);
    System.arraycopy(ends, merged, ends, 0, islands - merged);
    islands -= merged;
  }

  /** Hands bytes to the application; as many as there are, at most {@code length}. */
  int read(byte[] into, int offset, int length) {
    int count = Math.min(length, available());
    ring.get(read, into, offset, count);
    read += count;
    return count;
  }

  /** Gives the memory back and forgets what was not read. */
  void free() {
    read = next;
    islands = 0;
    ring.free();
  }
}
