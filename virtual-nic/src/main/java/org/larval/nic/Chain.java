package org.larval.nic;

/**
 * The buffers of one frame as a device read them from the descriptor table: private copies, checked
 * once, never read from shared memory again. One object serves a queue for ever.
 */
final class Chain {
  /** More descriptors than any driver needs for a frame of 64 KB in pages. */
  static final int MAX_DESCRIPTORS = 64;

  /** Header and the longest frame: 12 + 14 + 65536. */
  static final int MAX_BYTES = 65562;

  private final long[] addresses = new long[MAX_DESCRIPTORS];
  private final int[] lengths = new int[MAX_DESCRIPTORS];
  private int head;
  private int count;
  private int total;

  void begin(int newHead) {
    head = newHead;
    count = 0;
    total = 0;
  }

  void add(long address, int length) {
    addresses[count] = address;
    lengths[count] = length;
    count++;
    total += length;
  }

  /** The descriptor that names the chain. */
  int head() {
    return head;
  }

  /** How many buffers, 1 to {@link #MAX_DESCRIPTORS}. */
  int count() {
    return count;
  }

  long address(int place) {
    return addresses[place];
  }

  int length(int place) {
    return lengths[place];
  }

  /** Bytes of all buffers, at most {@link #MAX_BYTES}. */
  int total() {
    return total;
  }
}
