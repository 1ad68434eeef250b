package org.larval.nic;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A ring of memif 2.0 as the server sees it, in the order of bytes of the host:
 *
 * <pre>
 *     0  u32 cookie; u16 flags (1: no interrupts); u16 head
 *    64  u16 tail
 *   128  { u16 flags (1: the next one belongs to it); u16 region; u32 length; u32 offset; u32 }[size]
 * </pre>
 *
 * <p>The client moves head, the server moves tail, both freely over 16 bits from 0 on. Between tail
 * and head are frames (client to server), or buffers to put frames into (server to client). What
 * the client wrote is hostile: read once, checked, never read again. The first broken rule stops
 * the ring for good. Memory that vanishes shows as InternalError out of any method here.
 */
final class MemifRing {
  static final int MOST_LOG2 = 14;

  private static final int COOKIE = 0x3e31f20;
  private static final int NO_INTERRUPT = 1;
  private static final int NEXT = 1;
  private static final long FLAGS = 4;
  private static final long HEAD = 6;
  private static final long TAIL = 64;
  private static final long DESCRIPTORS = 128;
  private static final int DESCRIPTOR = 16;

  private static final VarHandle U16 = ValueLayout.JAVA_SHORT.varHandle().withInvokeExactBehavior();
  private static final VarHandle U32 = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();

  private final MemorySegment ring;
  private final MemorySegment[] regions;
  private final int size;

  /** For packets without an array behind them. */
  private byte @Nullable [] scratch;

  /** The next slot to use. */
  private int next;

  /** The client's index as last seen. */
  private int seen;

  /** The tail as last shown. */
  private int published;

  private @Nullable RingFault fault;

  /** A ring in memory that is aligned to 8 bytes and has those of {@link #bytes}. */
  MemifRing(MemorySegment ring, MemorySegment[] regions, int log2) {
    size = 1 << log2;
    this.ring = ring.asSlice(0, bytes(log2), Long.BYTES);
    this.regions = regions;
  }

  static long bytes(int log2) {
    return DESCRIPTORS + ((long) DESCRIPTOR << log2);
  }

  /** Sets the server's part to 0, where both ends begin. False if this is no ring. */
  boolean begin() {
    U16.setRelease(ring, TAIL, (short) 0);
    return (int) U32.getAcquire(ring, 0L) == COOKIE;
  }

  @Nullable RingFault fault() {
    return fault;
  }

  int size() {
    return size;
  }

  boolean alive() {
    return ring.scope().isAlive();
  }

  /** Slots that the client has handed over; at most the size, whatever it wrote. */
  int waiting() {
    return Math.min(size, ((short) U16.getAcquire(ring, HEAD) - next) & 0xffff);
  }

  private boolean fail(RingFault reason) {
    if (fault == null) {
      fault = reason;
    }
    return false;
  }

  private boolean look() {
    int head = (short) U16.getAcquire(ring, HEAD) & 0xffff;
    if (((head - next) & 0xffff) > size) {
      return fail(RingFault.AVAIL_INDEX_RUNAWAY);
    }
    seen = head;
    return head != next;
  }

  private int left(Chain taken) {
    return ((seen - next) & 0xffff) - taken.count();
  }

  /** Reads the next frame's buffers. False if there is none or the ring is broken. */
  boolean peekFrame(Chain into) {
    if (fault != null || (seen == next && !look())) {
      return false;
    }
    into.begin(next);
    while (true) {
      if (left(into) == 0) {
        return fail(RingFault.NEXT_OUT_OF_RANGE);
      }
      if (into.full()) {
        return fail(RingFault.CHAIN_TOO_LONG);
      }
      int flags = read(into);
      if (flags < 0) {
        return false;
      }
      if (into.total() > Chain.MAX_BYTES) {
        return fail(RingFault.CHAIN_TOO_BIG);
      }
      if ((flags & NEXT) == 0) {
        return true;
      }
    }
  }

  /** Reads as many empty buffers as a frame needs. False if too few, or the ring is broken. */
  boolean peekRoom(Chain into, int bytes) {
    into.begin(next);
    while (into.total() < bytes) {
      if (fault != null || into.full() || (left(into) == 0 && !(look() && left(into) > 0))) {
        return false;
      }
      if (read(into) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a frame for which there is no room in these buffers never will have any. */
  boolean most(Chain room) {
    return room.full() || room.count() == size;
  }

  /** Adds the next buffer; its flags, or -1 for one that lies nowhere. */
  private int read(Chain into) {
    long at = slot(next + into.count());
    int flags = (short) U16.getOpaque(ring, at) & 0xffff;
    int region = (short) U16.getOpaque(ring, at + 2) & 0xffff;
    long length = (int) U32.getOpaque(ring, at + 4) & 0xffff_ffffL;
    long offset = (int) U32.getOpaque(ring, at + 8) & 0xffff_ffffL;
    if (region >= regions.length || offset + length > regions[region].byteSize()) {
      fail(RingFault.ADDRESS_OUT_OF_RANGE);
      return -1;
    }
    // a place here is region and offset; one byte more than any frame has tells one too long
    into.add((long) region << 32 | offset, (int) Math.min(length, Chain.MAX_BYTES + 1));
    return flags;
  }

  private long slot(int index) {
    return DESCRIPTORS + (long) (index & (size - 1)) * DESCRIPTOR;
  }

  /** Takes a frame out of its buffers. */
  void take(Chain frame, ByteBuf into) {
    int start = into.writerIndex();
    byte[] target = into.hasArray() ? into.array() : scratch();
    int at = into.hasArray() ? into.arrayOffset() + start : 0;
    int done = 0;
    for (int i = 0; i < frame.count(); i++) {
      int part = frame.length(i);
      MemorySegment region = regions[region(frame.place(i))];
      MemorySegment.copy(
          region, ValueLayout.JAVA_BYTE, offset(frame.place(i)), target, at + done, part);
      done += part;
    }
    if (!into.hasArray()) {
      into.setBytes(start, target, 0, done);
    }
    into.writerIndex(start + done);
    next = (next + frame.count()) & 0xffff;
  }

  /** Puts a frame into buffers that have room for it. */
  void put(Chain room, ByteBuf frame) {
    int length = frame.readableBytes();
    byte[] source = frame.hasArray() ? frame.array() : scratch();
    int at = frame.hasArray() ? frame.arrayOffset() + frame.readerIndex() : 0;
    if (!frame.hasArray()) {
      frame.getBytes(frame.readerIndex(), source, 0, length);
    }
    int done = 0;
    for (int i = 0; i < room.count(); i++) {
      int part = Math.min(length - done, room.length(i));
      MemorySegment region = regions[region(room.place(i))];
      MemorySegment.copy(
          source, at + done, region, ValueLayout.JAVA_BYTE, offset(room.place(i)), part);
      done += part;
      long slot = slot(next + i);
      U32.setOpaque(ring, slot + 4, part);
      U16.setOpaque(ring, slot, (short) (i + 1 < room.count() ? NEXT : 0));
    }
    next = (next + room.count()) & 0xffff;
  }

  private static int region(long place) {
    return (int) (place >>> 32);
  }

  private static long offset(long place) {
    return place & 0xffff_ffffL;
  }

  private byte[] scratch() {
    byte[] have = scratch;
    if (have == null) {
      have = new byte[Chain.MAX_BYTES];
      scratch = have;
    }
    return have;
  }

  /** Whether {@link #publish} has something to show. */
  boolean unpublished() {
    return published != next;
  }

  /** Shows the client what was taken or put. True if it wants to be interrupted. */
  boolean publish() {
    published = next;
    U16.setRelease(ring, TAIL, (short) next);
    VarHandle.fullFence();
    return ((short) U16.getOpaque(ring, FLAGS) & NO_INTERRUPT) == 0;
  }

  /** Asks for no interrupts. */
  void suppress() {
    U16.setOpaque(ring, FLAGS, (short) NO_INTERRUPT);
  }

  /** Asks for an interrupt. True if frames came before the client could know: look again. */
  boolean arm() {
    U16.setOpaque(ring, FLAGS, (short) 0);
    VarHandle.fullFence();
    return fault == null && (seen != next || look());
  }
}
