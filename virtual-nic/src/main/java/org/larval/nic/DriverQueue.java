package org.larval.nic;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The driver's end of a virtqueue: makes descriptors available, one for each frame, and reaps them
 * when the device has used them. Which descriptors are out is known from private memory only; what
 * the device writes is checked against it.
 *
 * <p>Memory that vanishes shows as InternalError out of any method here; the NIC's faces catch it.
 */
final class DriverQueue {
  private final Virtqueue ring;
  private final boolean receives;
  private final boolean eventIndex;
  private final int size;

  /** The free descriptors, a queue over the array so that they are used in order. */
  private final short[] free;

  private int freeHead;
  private int freeCount;
  private final boolean[] posted;

  /** The available index up to which entries are written. */
  private int next;

  /** The available index as last published. */
  private int published;

  /** The used index up to which entries are reaped. */
  private int last;

  /** The device's index as last seen. */
  private int seen;

  private int usedLength;
  private @Nullable RingFault fault;

  /**
   * Takes a queue up where its memory says it stands; fresh memory is all zero. Descriptors that an
   * earlier driver made available and the device has not used yet stay out.
   *
   * @param receives whether the device writes into the buffers (the guest's receive queue)
   * @param eventIndex whether VIRTIO_RING_F_EVENT_IDX was negotiated
   */
  DriverQueue(Virtqueue ring, boolean receives, boolean eventIndex) {
    this.ring = ring;
    this.receives = receives;
    this.eventIndex = eventIndex;
    this.size = ring.size();
    this.free = new short[size];
    this.posted = new boolean[size];
    last = ring.usedIndex();
    seen = last;
    next = ring.availableIndex();
    published = next;
    takeUp();
  }

  /** Since the device completes in order, what is out stands between the two indexes. */
  private void takeUp() {
    int out = (next - last) & 0xffff;
    if (out > size) {
      fault = RingFault.STALE_STATE;
      return;
    }
    for (int i = 0; i < out; i++) {
      int head = ring.availableHead(last + i);
      if (head >= size || posted[head]) {
        fault = RingFault.STALE_STATE;
        return;
      }
      posted[head] = true;
    }
    // fresh memory yields 0, 1, 2, ...; otherwise go on after the one used last
    int start = next & (size - 1);
    for (int i = 0; i < size; i++) {
      int descriptor = (start + i) & (size - 1);
      if (!posted[descriptor]) {
        free[freeCount++] = (short) descriptor;
      }
    }
  }

  @Nullable RingFault fault() {
    return fault;
  }

  /** Whether the memory is still mapped, as far as Java knows. */
  boolean alive() {
    return ring.alive();
  }

  /** See {@link Virtqueue#requireMapped}. */
  void requireMapped() {
    ring.requireMapped();
  }

  /** Whether {@link #publish} has something to show. */
  boolean unpublished() {
    return published != next;
  }

  /** Takes a free descriptor, or -1. It must be {@link #post}ed. */
  int claim() {
    if (freeCount == 0 || fault != null) {
      return -1;
    }
    int descriptor = free[freeHead] & 0xffff;
    freeHead = (freeHead + 1) & (size - 1);
    freeCount--;
    return descriptor;
  }

  /** Makes a claimed descriptor available; the device sees it after {@link #publish}. */
  void post(int descriptor, long address, int length) {
    ring.describe(descriptor, address, length, receives ? Virtqueue.WRITE : 0, 0);
    ring.availableHead(next, descriptor);
    next = (next + 1) & 0xffff;
    posted[descriptor] = true;
  }

  /** Shows all posted descriptors to the device. True if it wants to be kicked. */
  boolean publish() {
    int from = published;
    if (from == next) {
      return false;
    }
    ring.availableIndex(next);
    published = next;
    VarHandle.fullFence();
    return eventIndex
        ? Virtqueue.crosses(ring.availableEvent(), from, next)
        : (ring.usedFlags() & Virtqueue.NO_NOTIFY) == 0;
  }

  /**
   * Takes back the next descriptor that the device has used, or -1 if there is none or the ring is
   * broken. It is free at once.
   */
  int reap() {
    if (fault != null || (seen == last && !look())) {
      return -1;
    }
    int descriptor = ring.usedId(last);
    int length = ring.usedLength(last);
    if (descriptor < 0 || descriptor >= size) {
      return fail(RingFault.USED_ID_OUT_OF_RANGE);
    }
    if (!posted[descriptor]) {
      return fail(RingFault.USED_ID_NOT_POSTED);
    }
    posted[descriptor] = false;
    free[(freeHead + freeCount) & (size - 1)] = (short) descriptor;
    freeCount++;
    last = (last + 1) & 0xffff;
    usedLength = length;
    return descriptor;
  }

  /** Bytes that the device says it wrote into the descriptor reaped last; may be negative. */
  int usedLength() {
    return usedLength;
  }

  private boolean look() {
    int index = ring.usedIndex();
    int waiting = (index - last) & 0xffff;
    if (waiting > ((published - last) & 0xffff)) {
      fail(RingFault.USED_INDEX_RUNAWAY);
      return false;
    }
    seen = index;
    return waiting > 0;
  }

  /** Asks for an interrupt. True if descriptors were used before the device could know. */
  boolean arm() {
    if (eventIndex) {
      ring.usedEvent(last);
    } else {
      ring.availableFlags(0);
    }
    VarHandle.fullFence();
    return fault == null && (seen != last || look());
  }

  /** Asks for silence. With EVENT_IDX it lasts for a turn of the index: repeat it now and then. */
  void suppress() {
    if (eventIndex) {
      ring.usedEvent(last - 1);
    } else {
      ring.availableFlags(Virtqueue.NO_INTERRUPT);
    }
  }

  int fail(RingFault reason) {
    if (fault == null) {
      fault = reason;
    }
    return -1;
  }
}
