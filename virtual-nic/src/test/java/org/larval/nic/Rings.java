package org.larval.nic;

import java.lang.foreign.MemorySegment;

/** The raw rings of a NIC in memory, for tests that play the other end badly. */
final class Rings {
  private Rings() {}

  static Virtqueue sent(MemorySegment memory, NicGeometry geometry) {
    return ring(memory, geometry.sent(), geometry.queueSize());
  }

  static Virtqueue received(MemorySegment memory, NicGeometry geometry) {
    return ring(memory, geometry.received(), geometry.queueSize());
  }

  private static Virtqueue ring(MemorySegment memory, NicGeometry.RingPlace place, int size) {
    return new Virtqueue(
        memory.asSlice(place.descriptors()),
        memory.asSlice(place.available()),
        memory.asSlice(place.used()),
        size);
  }

  /** Lets all indexes start at one value instead of 0. */
  static void startAt(MemorySegment memory, NicGeometry geometry, int index) {
    for (Virtqueue ring : new Virtqueue[] {sent(memory, geometry), received(memory, geometry)}) {
      ring.availableIndex(index);
      ring.usedIndex(index);
    }
  }
}
