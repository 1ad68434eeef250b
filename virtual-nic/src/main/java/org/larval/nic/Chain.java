package org.larval.nic;

/**
 * The buffers of one frame as a device read them from the descriptor table: private copies, checked
 * once, never read from shared memory again. A received frame may take several chains
 * (VIRTIO_NET_F_MRG_RXBUF); any other takes one. One object serves a queue for ever.
 */
final class Chain {
  /** More descriptors than any driver needs for a frame of 64 KB in pages. */
  static final int MAX_DESCRIPTORS = 64;

  /** Header and the longest frame: 12 + 14 + 65536. */
  static final int MAX_BYTES = 65562;

  private final long[] places = new long[MAX_DESCRIPTORS];
  private final int[] lengths = new int[MAX_DESCRIPTORS];
  private final int[] heads = new int[MAX_DESCRIPTORS];
  private final int[] headBytes = new int[MAX_DESCRIPTORS];
  private int headCount;
  private int count;
  private int total;

  /** Forgets everything and begins a chain. */
  void begin(int head) {
    count = 0;
    total = 0;
    headCount = 0;
    beginNext(head);
  }

  /** Begins another chain for the same frame. */
  void beginNext(int head) {
    heads[headCount] = head;
    headBytes[headCount] = 0;
    headCount++;
  }

  void add(long place, int length) {
    places[count] = place;
    lengths[count] = length;
    headBytes[headCount - 1] += length;
    count++;
    total += length;
  }

  /** Whether there is no room for another buffer. */
  boolean full() {
    return count == MAX_DESCRIPTORS;
  }

  /** The descriptor that names the first chain. */
  int head() {
    return heads[0];
  }

  /** How many chains; at least 1. */
  int heads() {
    return headCount;
  }

  /** The descriptor that names a chain. */
  int head(int chain) {
    return heads[chain];
  }

  /** Bytes of one chain's buffers. */
  int bytes(int chain) {
    return headBytes[chain];
  }

  /** How many buffers, 1 to {@link #MAX_DESCRIPTORS}. */
  int count() {
    return count;
  }

  /** Where a buffer is, as {@link FrameMemory#find} said. */
  long place(int buffer) {
    return places[buffer];
  }

  int length(int buffer) {
    return lengths[buffer];
  }

  /** Bytes of all buffers. */
  int total() {
    return total;
  }
}
