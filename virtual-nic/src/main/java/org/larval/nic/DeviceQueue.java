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

  /** The next chain to look at; chains are completed in order. */
  private int last;

  /** The next used entry to write. The same as {@link #last} unless frames were once lost. */
  private int used;

  /** The driver's index as last seen. */
  private int seen;

  /** The used index as last published. */
  private int published;

  // What comes next, read in one go: heads, and the first descriptor of each chain

  private final int[] heads = new int[InHand.MOST];
  private final long[] places = new long[InHand.MOST];
  private final long[] rests = new long[InHand.MOST];

  /** The available index that the first of them has. */
  private int ahead;

  private int aheadCount;

  /** Keeps the compiler from leaving out what brings buffers near. */
  @SuppressWarnings("unused")
  private int warmth;

  private @Nullable RingFault fault;

  /**
   * Takes a queue up where its memory says it stands; fresh memory is all zero.
   *
   * @param receives whether the device writes into the buffers (the guest's receive queue)
   * @param eventIndex whether VIRTIO_RING_F_EVENT_IDX was negotiated
   * @param next the available index to go on at, 16 bits
   */
  DeviceQueue(Virtqueue ring, FrameMemory frames, boolean receives, boolean eventIndex, int next) {
    this.ring = ring;
    this.frames = frames;
    this.receives = receives;
    this.eventIndex = eventIndex;
    this.size = ring.size();
    last = next;
    seen = next;
    used = ring.usedIndex();
    published = used;
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
    return published != used;
  }

  /** Reads the next chain without taking it. False if there is none or the ring is broken. */
  boolean peek(Chain into) {
    if (fault != null || (seen == last && !look())) {
      return false;
    }
    int place = place(last);
    int head = heads[place];
    into.begin(head);
    return walk(into, head, place);
  }

  /**
   * Reads the chain after those that {@link #peek} read and adds it: a frame may take several where
   * VIRTIO_NET_F_MRG_RXBUF was negotiated. False if there is none or the ring is broken.
   */
  boolean peekMore(Chain into) {
    int next = (last + into.heads()) & 0xffff;
    if (fault != null || (seen == next && (!look() || seen == next))) {
      return false;
    }
    int place = place(next);
    int head = heads[place];
    into.beginNext(head);
    return walk(into, head, place);
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

  /** Where the chain of an available index is among those that were read; reads it if need be. */
  private int place(int index) {
    int place = (index - ahead) & 0xffff;
    if (place < aheadCount) {
      return place;
    }
    readAhead(index);
    return 0;
  }

  /**
   * Reads heads and descriptors of many chains, and something of their buffers, so that all of it
   * comes over from the other end's processor at once, and not one after the other when their turn
   * is there.
   */
  private void readAhead(int index) {
    int count = Math.min((seen - index) & 0xffff, InHand.MOST);
    ahead = index;
    aheadCount = count;
    ring.availableHeads(index, heads, count);
    ring.bringUsedNear(used + index - last, count);
    for (int i = 0; i < count; i++) {
      int head = heads[i];
      if (head < size) {
        long rest = ring.lengthFlagsNext(head);
        rests[i] = rest;
        places[i] = frames.find(ring.address(head), (int) rest);
      }
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      boolean toWrite = (rests[i] >>> 32 & Virtqueue.WRITE) != 0;
      if (heads[i] < size && places[i] >= 0 && toWrite == receives) {
        sum += frames.bringNear(places[i], (int) rests[i], toWrite);
      }
    }
    warmth = sum;
  }

  private boolean walk(Chain into, int head, int ahead) {
    if (head >= size) {
      return fail(RingFault.HEAD_OUT_OF_RANGE);
    }
    int limit = Math.min(size, Chain.MAX_DESCRIPTORS);
    int before = into.count();
    long rest = rests[ahead];
    long place = places[ahead];
    long total = 0;
    while (true) {
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
      if (place < 0) {
        return fail(RingFault.ADDRESS_OUT_OF_RANGE);
      }
      into.add(place, (int) length);
      if ((flags & Virtqueue.NEXT) == 0) {
        return true;
      }
      int at = (int) (rest >>> 48);
      if (at >= size) {
        return fail(RingFault.NEXT_OUT_OF_RANGE);
      }
      if (into.count() - before == limit) {
        return fail(RingFault.CHAIN_TOO_LONG);
      }
      if (into.full()) {
        return false; // no fault: as many chains as fit are too short for the frame
      }
      rest = ring.lengthFlagsNext(at);
      place = frames.find(ring.address(at), (int) rest);
    }
  }

  /** Completes all that was peeked at; the driver sees it after {@link #publish}. */
  void complete(Chain chain, int written) {
    int left = written;
    int end = chain.heads() - 1;
    for (int i = 0; i < end; i++) {
      int bytes = Math.min(left, chain.bytes(i));
      complete(chain.head(i), bytes);
      left -= bytes;
    }
    complete(chain.head(end), left);
  }

  private void complete(int head, int written) {
    ring.usedEntry(used, head, written);
    used = (used + 1) & 0xffff;
    last = (last + 1) & 0xffff;
  }

  int size() {
    return size;
  }

  /** Chains that are available and not used yet; at most the size, whatever the driver wrote. */
  int waiting() {
    ring.requireMapped();
    return Math.min(size, (ring.availableIndex() - last) & 0xffff);
  }

  /** The next available index to look at. */
  int next() {
    return last;
  }

  /** Shows all completed chains to the driver. True if it wants to be interrupted. */
  boolean publish() {
    int from = published;
    if (from == used) {
      return false;
    }
    ring.usedIndex(used);
    published = used;
    VarHandle.fullFence();
    return eventIndex
        ? Virtqueue.crosses(ring.usedEvent(), from, used)
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
