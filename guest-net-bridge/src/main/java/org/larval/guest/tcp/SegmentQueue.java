package org.larval.guest.tcp;

import java.util.Arrays;

/**
 * The segments that were sent and not yet acknowledged, in order of sequence number: Linux's
 * tcp_rtx_queue. Entries live in parallel arrays; an index counts from the oldest.
 */
final class SegmentQueue {
  static final int SYN = 1;
  static final int FIN = 2;

  /** Taken for lost and to be sent again. */
  static final int LOST = 4;

  /** Sent again since it was taken for lost. */
  static final int RETRANSMITTED = 8;

  /** Ever sent again, so no use for measuring the round trip. */
  static final int EVER_RETRANSMITTED = 16;

  /** Bound of entries; a sender with more under way waits. */
  static final int MAX = 1 << 14;

  private static final int FIRST_CAPACITY = 16;

  private int[] sequences = new int[FIRST_CAPACITY];
  private int[] lengths = new int[FIRST_CAPACITY];
  private int[] flags = new int[FIRST_CAPACITY];
  private int[] messages = new int[FIRST_CAPACITY];
  private long[] sentAt = new long[FIRST_CAPACITY];
  private int head;
  private int size;
  private int lost;
  private int retransmitted;

  int size() {
    return size;
  }

  /** How many are taken for lost. */
  int lost() {
    return lost;
  }

  /** How many of the lost were sent again. */
  int retransmitted() {
    return retransmitted;
  }

  int sequence(int i) {
    return sequences[slot(i)];
  }

  /** Bytes of data, without SYN and FIN. */
  int length(int i) {
    return lengths[slot(i)];
  }

  /** The sequence number after the segment. */
  int end(int i) {
    int at = slot(i);
    return sequences[at] + lengths[at] + ((flags[at] & (SYN | FIN)) != 0 ? 1 : 0);
  }

  boolean has(int i, int flag) {
    return (flags[slot(i)] & flag) != 0;
  }

  /** The number of the application's message that the segment began with, or -1. */
  int message(int i) {
    return messages[slot(i)];
  }

  long sentAt(int i) {
    return sentAt[slot(i)];
  }

  void sentAgain(int i, long now) {
    int at = slot(i);
    sentAt[at] = now;
    set(at, RETRANSMITTED | EVER_RETRANSMITTED);
  }

  void markLost(int i) {
    int at = slot(i);
    clear(at, RETRANSMITTED);
    set(at, LOST);
  }

  /** Appends. */
  void add(int sequence, int length, int flag, int message, long now) {
    grow();
    int at = slot(size++);
    sequences[at] = sequence;
    lengths[at] = length;
    flags[at] = flag;
    messages[at] = message;
    sentAt[at] = now;
  }

  /** Forgets the oldest. */
  void removeFirst() {
    clear(head, LOST | RETRANSMITTED);
    head = head + 1 & sequences.length - 1;
    size--;
  }

  /** Forgets the first bytes of the oldest. */
  void trimFirst(int bytes) {
    sequences[head] += bytes;
    lengths[head] -= bytes;
  }

  /** Cuts one in two, the first of which has {@code bytes} of data; the second has its FIN. */
  void split(int i, int bytes) {
    grow();
    for (int to = size; to > i; to--) {
      copy(slot(to - 1), slot(to));
    }
    size++;
    int first = slot(i);
    int second = slot(i + 1);
    sequences[second] += bytes;
    lengths[second] -= bytes;
    lengths[first] = bytes;
    flags[first] &= ~FIN;
    if ((flags[first] & LOST) != 0) {
      lost++;
    }
    if ((flags[first] & RETRANSMITTED) != 0) {
      retransmitted++;
    }
  }

  /** Forgets everything and gives the memory back. */
  void free() {
    sequences = new int[0];
    lengths = new int[0];
    flags = new int[0];
    messages = new int[0];
    sentAt = new long[0];
    head = 0;
    size = 0;
    lost = 0;
    retransmitted = 0;
  }

  private int slot(int i) {
    return head + i & sequences.length - 1;
  }

  private void set(int at, int flag) {
    int old = flags[at];
    lost += (flag & ~old & LOST) != 0 ? 1 : 0;
    retransmitted += (flag & ~old & RETRANSMITTED) != 0 ? 1 : 0;
    flags[at] = old | flag;
  }

  private void clear(int at, int flag) {
    int old = flags[at];
    lost -= (flag & old & LOST) != 0 ? 1 : 0;
    retransmitted -= (flag & old & RETRANSMITTED) != 0 ? 1 : 0;
    flags[at] = old & ~flag;
  }

  private void copy(int from, int to) {
    sequences[to] = sequences[from];
    lengths[to] = lengths[from];
    flags[to] = flags[from];
    messages[to] = messages[from];
    sentAt[to] = sentAt[from];
  }

  private void grow() {
    int capacity = sequences.length;
    if (size < capacity) {
      return;
    }
    int larger = Math.max(FIRST_CAPACITY, capacity * 2);
    int wrapped = head;
    sequences = Arrays.copyOf(sequences, larger);
    lengths = Arrays.copyOf(lengths, larger);
    flags = Arrays.copyOf(flags, larger);
    messages = Arrays.copyOf(messages, larger);
    sentAt = Arrays.copyOf(sentAt, larger);
    for (int i = 0; i < wrapped; i++) {
      copy(i, capacity + i);
    }
  }
}
