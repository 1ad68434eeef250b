package org.larval.nic;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the addresses in descriptors lead: stretches of mapped memory, few of them, in the order of
 * the other end's table. Addresses are any 64 bits that somebody wrote; nothing is added to one
 * before it is known to be inside.
 */
final class MemoryRegions {
  /**
   * One stretch.
   *
   * @param guest its first byte's address in descriptors (guest physical)
   * @param user the same in SET_VRING_ADDR (the other process's virtual address)
   * @param memory all of it
   */
  record Region(long guest, long user, MemorySegment memory) {
    Region {
      if (memory.byteSize() == 0) {
        throw new IllegalArgumentException("an empty region");
      }
      if (!memory.isNative()) {
        throw new IllegalArgumentException("a region is in native memory");
      }
    }
  }

  private final Region[] regions;
  private final long[] starts;
  private final long[] sizes;
  private final long[] here;

  MemoryRegions(List<Region> table) {
    regions = table.toArray(Region[]::new);
    starts = new long[regions.length];
    sizes = new long[regions.length];
    here = new long[regions.length];
    for (int i = 0; i < regions.length; i++) {
      starts[i] = regions[i].guest();
      sizes[i] = regions[i].memory().byteSize();
      here[i] = regions[i].memory().address();
    }
  }

  /** One stretch whose addresses begin at {@code base}. */
  static MemoryRegions of(MemorySegment memory, long base) {
    return new MemoryRegions(List.of(new Region(base, base, memory)));
  }

  /** Where in this process's memory a buffer is that lies wholly in one region, or -1. */
  long find(long address, int length) {
    for (int i = 0; i < starts.length; i++) {
      long offset = address - starts[i];
      // unsigned: an address before the start, or far away, is a huge offset
      if (length >= 0
          && length <= sizes[i]
          && Long.compareUnsigned(offset, sizes[i] - length) <= 0) {
        return here[i] + offset;
      }
    }
    return -1;
  }

  /** A stretch by the other process's virtual address, or null unless one region has all of it. */
  @Nullable MemorySegment user(long address, long bytes) {
    for (Region region : regions) {
      long offset = address - region.user();
      long size = region.memory().byteSize();
      if (bytes >= 0 && bytes <= size && Long.compareUnsigned(offset, size - bytes) <= 0) {
        return region.memory().asSlice(offset, bytes);
      }
    }
    return null;
  }

  /** Whether any of it is a mapped file, which somebody may cut short at any time. */
  boolean mapped() {
    for (Region region : regions) {
      if (region.memory().isMapped()) {
        return true;
      }
    }
    return false;
  }
}
