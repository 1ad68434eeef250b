package org.larval.nic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The memory of one split virtqueue (virtio 1.x, section 2.7; VERSION_1, so always little-endian):
 *
 * <pre>
 *   descriptors  16-aligned  size x { u64 addr; u32 len; u16 flags; u16 next }
 *   available     2-aligned  u16 flags; u16 idx; u16 ring[size]; u16 used_event       driver writes
 *   used          4-aligned  u16 flags; u16 idx; { u32 id; u32 len }[size]; u16 avail_event
 *                                                                               device writes
 * </pre>
 *
 * <p>The three parts are segments of their own, since vhost-user gives three addresses. Indexes run
 * freely over 16 bits and are returned as 0 to 65535. They are read with acquire and written with
 * release semantics. All other fields are read opaque, which means exactly once: the other end may
 * change them at any time.
 */
final class Virtqueue {
  static final int MAX_SIZE = 32768;
  static final int DESCRIPTOR_BYTES = 16;

  /** The chain goes on at {@code next}. */
  static final int NEXT = 1;

  /** The device writes into the buffer. */
  static final int WRITE = 2;

  /** The buffer holds a table of descriptors. */
  static final int INDIRECT = 4;

  /** available.flags: the driver asks for no interrupts (without EVENT_IDX). */
  static final int NO_INTERRUPT = 1;

  /** used.flags: the device asks for no kicks (without EVENT_IDX). */
  static final int NO_NOTIFY = 1;

  private static final VarHandle U16 =
      ValueLayout.JAVA_SHORT
          .withOrder(ByteOrder.LITTLE_ENDIAN)
          .varHandle()
          .withInvokeExactBehavior();
  private static final VarHandle U32 =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle().withInvokeExactBehavior();
  private static final VarHandle U64 =
      ValueLayout.JAVA_LONG
          .withOrder(ByteOrder.LITTLE_ENDIAN)
          .varHandle()
          .withInvokeExactBehavior();

  /** Both fields at once; entries stand four bytes past any eight. */
  private static final VarHandle USED_ENTRY =
      ValueLayout.JAVA_LONG_UNALIGNED
          .withOrder(ByteOrder.LITTLE_ENDIAN)
          .varHandle()
          .withInvokeExactBehavior();

  private static final int ENTRIES_PER_LINE = 8;

  private static final long FLAGS = 0;
  private static final long INDEX = 2;
  private static final long RING = 4;

  private static final MemorySegment ALL = NativeMemory.ALL;

  /** Of all three parts. */
  private final MemorySegment.Scope scope;

  // The addresses of the parts

  private final long descriptors;
  private final long available;
  private final long used;
  private final int size;
  private final int mask;

  Virtqueue(MemorySegment descriptors, MemorySegment available, MemorySegment used, int size) {
    if (size < 1 || size > MAX_SIZE || Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException("a ring has a power of two of descriptors, not " + size);
    }
    if (!descriptors.isNative() || !available.isNative() || !used.isNative()) {
      throw new IllegalArgumentException("a ring is in native memory");
    }
    scope = descriptors.scope();
    if (!scope.equals(available.scope()) || !scope.equals(used.scope())) {
      throw new IllegalArgumentException("a ring is unmapped in one go");
    }
    this.descriptors = descriptors.asSlice(0, descriptorBytes(size), DESCRIPTOR_BYTES).address();
    this.available = available.asSlice(0, availableBytes(size), 2).address();
    this.used = used.asSlice(0, usedBytes(size), 4).address();
    this.size = size;
    this.mask = size - 1;
  }

  static long descriptorBytes(int size) {
    return (long) DESCRIPTOR_BYTES * size;
  }

  static long availableBytes(int size) {
    return 6 + 2L * size;
  }

  static long usedBytes(int size) {
    return 6 + 8L * size;
  }

  int size() {
    return size;
  }

  /** Whether the memory is still mapped, as far as Java knows. */
  boolean alive() {
    return scope.isAlive();
  }

  /**
   * To be asked before the ring is used after anybody could have closed its memory.
   *
   * @throws IllegalStateException if it was unmapped
   */
  void requireMapped() {
    if (!alive()) {
      throw new IllegalStateException("the memory was unmapped");
    }
  }

  /** Whether an event index lies in what was published between two values of an index. */
  static boolean crosses(int event, int from, int to) {
    return ((to - event - 1) & 0xffff) < ((to - from) & 0xffff);
  }

  // Descriptors: the second half of one is read as one long, len | flags << 32 | next << 48.

  long address(int descriptor) {
    return (long) U64.getOpaque(ALL, descriptor(descriptor));
  }

  long lengthFlagsNext(int descriptor) {
    return (long) U64.getOpaque(ALL, descriptor(descriptor) + 8);
  }

  void describe(int descriptor, long address, int length, int flags, int next) {
    long at = descriptor(descriptor);
    long rest = (length & 0xffff_ffffL) | (long) flags << 32 | (long) next << 48;
    U64.set(ALL, at, address);
    U64.set(ALL, at + 8, rest);
  }

  private long descriptor(int descriptor) {
    return descriptors + (long) (descriptor & mask) * DESCRIPTOR_BYTES;
  }

  // The driver's part

  int availableFlags() {
    return (short) U16.getOpaque(ALL, available + FLAGS) & 0xffff;
  }

  void availableFlags(int flags) {
    U16.setOpaque(ALL, available + FLAGS, (short) flags);
  }

  int availableIndex() {
    return (short) U16.getAcquire(ALL, available + INDEX) & 0xffff;
  }

  void availableIndex(int index) {
    U16.setRelease(ALL, available + INDEX, (short) index);
  }

  int availableHead(int index) {
    return (short) U16.getOpaque(ALL, available + RING + 2L * (index & mask)) & 0xffff;
  }

  /** Several heads from an index on. */
  void availableHeads(int index, int[] into, int count) {
    long from = available + RING;
    int inside = mask;
    for (int i = 0; i < count; i++) {
      into[i] = (short) U16.getOpaque(ALL, from + 2L * (index + i & inside)) & 0xffff;
    }
  }

  void availableHead(int index, int head) {
    U16.set(ALL, available + RING + 2L * (index & mask), (short) head);
  }

  int usedEvent() {
    return (short) U16.getOpaque(ALL, available + RING + 2L * size) & 0xffff;
  }

  void usedEvent(int index) {
    U16.setOpaque(ALL, available + RING + 2L * size, (short) index);
  }

  // The device's part

  int usedFlags() {
    return (short) U16.getOpaque(ALL, used + FLAGS) & 0xffff;
  }

  void usedFlags(int flags) {
    U16.setOpaque(ALL, used + FLAGS, (short) flags);
  }

  int usedIndex() {
    return (short) U16.getAcquire(ALL, used + INDEX) & 0xffff;
  }

  void usedIndex(int index) {
    U16.setRelease(ALL, used + INDEX, (short) index);
  }

  int usedId(int index) {
    return (int) U32.getOpaque(ALL, used + RING + 8L * (index & mask));
  }

  int usedLength(int index) {
    return (int) U32.getOpaque(ALL, used + RING + 8L * (index & mask) + 4);
  }

  void usedEntry(int index, int id, int length) {
    long at = used + RING + 8L * (index & mask);
    USED_ENTRY.set(ALL, at, (id & 0xffff_ffffL) | (long) length << 32);
  }

  /**
   * Writes to each cache line of entries that are not shown yet, so that they are all asked for at
   * once: the driver has read them a turn ago.
   */
  void bringUsedNear(int index, int count) {
    for (int i = 0; i < count; i += ENTRIES_PER_LINE) {
      usedEntry(index + i, 0, 0);
    }
  }

  int availableEvent() {
    return (short) U16.getOpaque(ALL, used + RING + 8L * size) & 0xffff;
  }

  void availableEvent(int index) {
    U16.setOpaque(ALL, used + RING + 8L * size, (short) index);
  }
}
