package org.larval.nic;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The device's end of a virtqueue: looks at available chains, completes them in order, and tells
 * the driver. Everything the driver wrote is hostile: read once, checked, never read again. The
 * first broken rule stops the queue for good.
 *
 * <p>Memory that vanishes shows as InternalError out of any method here; the NIC's faces catch it.
 */
final class DeviceQueue {
  private final Virtqueue ring;
  private final FrameMemory frames;
  private final boolean receives;
  private final boolean eventIndex;
  private final int size;

  /** The next chain to look at, which is also the next one to complete: we complete in order. */
  private int last;

  /** The driver's index as last seen. */
  private int seen;

  /** The used index as last published. */
  private int published;

  private @Nullable RingFault fault;

  /**
   * Takes a queue up where its memory says it stands; fresh memory is all zero.
   *
   * @param receives whether the device writes into the buffers (the guest's receive queue)
   * @param eventIndex whether VIRTIO_RING_F_EVENT_IDX was negotiated
   */
  DeviceQueue(Virtqueue ring, FrameMemory frames, boolean receives, boolean eventIndex) {
    this.ring = ring;
    this.frames = frames;
    this.receives = receives;
    this.eventIndex = eventIndex;
    this.size = ring.size();
    last = ring.usedIndex();
    seen = last;
    published = last;
  }

  @Nullable RingFault fault() {
    return fault;
  }

  /** Whether the memory is still mapped, as far as Java knows. */
  boolean alive() {
    return ring.alive();
  }

  /** Whether {@link #publish} has something to show. */
  boolean unpublished() {
    return published != last;
  }

  /** Reads the next chain without taking it. False if there is none or the ring is broken. */
  boolean peek(Chain into) {
    if (fault != null || (seen == last && !look())) {
      return false;
    }
    int head = ring.availableHead(last);
    if (head >= size) {
      return fail(RingFault.HEAD_OUT_OF_RANGE);
    }
    into.begin(head);
    return walk(into, head);
  }

  private boolean look() {
    int index = ring.availableIndex();
    int waiting = (index - last) & 0xffff;
    if (waiting > size) {
      return fail(RingFault.AVAIL_INDEX_RUNAWAY);
    }
    seen = index;
    return waiting > 0;
  }

  private boolean walk(Chain into, int head) {
    int limit = Math.min(size, Chain.MAX_DESCRIPTORS);
    int at = head;
    long total = 0;
    while (true) {
      long address = ring.address(at);
      long rest = ring.lengthFlagsNext(at);
      long length = rest & 0xffff_ffffL;
      int flags = (int) (rest >>> 32) & 0xffff;
      if ((flags & Virtqueue.INDIRECT) != 0) {
        return fail(RingFault.INDIRECT_NOT_NEGOTIATED);
      }
      if (((flags & Virtqueue.WRITE) != 0) != receives) {
        return fail(RingFault.WRONG_DIRECTION);
      }
      total += length;
      if (total > Chain.MAX_BYTES) {
        return fail(RingFault.CHAIN_TOO_BIG);
      }
      if (!frames.holds(address, (int) length)) {
        return fail(RingFault.ADDRESS_OUT_OF_RANGE);
      }
      into.add(address, (int) length);
      if ((flags & Virtqueue.NEXT) == 0) {
        return true;
      }
      at = (int) (rest >>> 48);
      if (at >= size) {
        return fail(RingFault.NEXT_OUT_OF_RANGE);
      }
      if (into.count() == limit) {
        return fail(RingFault.CHAIN_TOO_LONG);
      }
    }
  }

  /** Completes the chain that {@link #peek} read; the driver sees it after {@link #publish}. */
  void complete(Chain chain, int written) {
    ring.usedEntry(last, chain.head(), written);
    last = (last + 1) & 0xffff;
  }

  /** Shows all completed chains to the driver. True if it wants to be interrupted. */
  boolean publish() {
    int from = published;
    if (from == last) {
      return false;
    }
    ring.usedIndex(last);
    published = last;
    VarHandle.fullFence();
    return eventIndex
        ? Virtqueue.crosses(ring.usedEvent(), from, last)
        : (ring.availableFlags() & Virtqueue.NO_INTERRUPT) == 0;
  }

  /** Asks for a kick. True if chains came before the driver could know: look again. */
  boolean arm() {
    if (eventIndex) {
      ring.availableEvent(last);
    } else {
      ring.usedFlags(0);
    }
    VarHandle.fullFence();
    return fault == null && (seen != last || look());
  }

  /** Asks for silence. With EVENT_IDX it lasts for a turn of the index: repeat it now and then. */
  void suppress() {
    if (eventIndex) {
      ring.availableEvent(last - 1);
    } else {
      ring.usedFlags(Virtqueue.NO_NOTIFY);
    }
  }

  boolean fail(RingFault reason) {
    if (fault == null) {
      fault = reason;
    }
    return false;
  }
}
