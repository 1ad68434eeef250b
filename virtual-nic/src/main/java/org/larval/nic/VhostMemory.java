package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a guest as a frontend shares it: files mapped from their beginning, so that any
 * offset works on hugetlbfs as well. It is never unmapped under a reader: closing the arena makes
 * late readers fail in an orderly way.
 */
final class VhostMemory implements AutoCloseable {
  static final int MOST_REGIONS = 8;

  /** A guest's memory is not larger than this, in bytes. */
  private static final long LARGEST = 1L << 40;

  private static final int TABLE_HEADER = 8;
  private static final int ENTRY = 32;

  private final Arena arena = Arena.ofShared();
  private final MemoryRegions regions;
  private boolean shrinkable;

  private record Entry(long guest, long size, long user, long offset) {}

  /**
   * Maps a SET_MEM_TABLE.
   *
   * @param descriptors one for each region; they stay the caller's
   */
  VhostMemory(ByteBuffer table, int[] descriptors) throws VhostFault.Refused {
    boolean done = false;
    try {
      regions = map(read(table, descriptors.length), descriptors);
      done = true;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  private static List<Entry> read(ByteBuffer table, int descriptors) throws VhostFault.Refused {
    if (table.remaining() < TABLE_HEADER) {
      throw new VhostFault.Refused(VhostFault.PAYLOAD_LENGTH);
    }
    int count = table.getInt();
    table.getInt();
    if (count < 1 || count > MOST_REGIONS) {
      throw new VhostFault.Refused(VhostFault.REGION_COUNT);
    }
    if (table.remaining() != count * ENTRY) {
      throw new VhostFault.Refused(VhostFault.PAYLOAD_LENGTH);
    }
    if (count != descriptors) {
      throw new VhostFault.Refused(VhostFault.DESCRIPTOR_COUNT);
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Entry entry = new Entry(table.getLong(), table.getLong(), table.getLong(), table.getLong());
      boolean sane =
          entry.size > 0
              && entry.size <= LARGEST
              && entry.offset >= 0
              && entry.offset <= LARGEST
              // an address space wraps at 2^64; its last byte may be the highest address
              && Long.compareUnsigned(entry.guest, -entry.size) <= 0
              && Long.compareUnsigned(entry.user, -entry.size) <= 0;
      if (!sane) {
        throw new VhostFault.Refused(VhostFault.REGION_SIZE);
      }
      for (Entry other : entries) {
        if (overlap(entry.guest, entry.size, other.guest, other.size)
            || overlap(entry.user, entry.size, other.user, other.size)) {
          throw new VhostFault.Refused(VhostFault.REGIONS_OVERLAP);
        }
      }
      entries.add(entry);
    }
    return entries;
  }

  private static boolean overlap(long one, long size, long other, long otherSize) {
    return Long.compareUnsigned(one - other, otherSize) < 0
        || Long.compareUnsigned(other - one, size) < 0;
  }

  private MemoryRegions map(List<Entry> entries, int[] descriptors) throws VhostFault.Refused {
    List<MemoryRegions.Region> mapped = new ArrayList<>();
    for (int i = 0; i < descriptors.length; i++) {
      Entry entry = entries.get(i);
      mapped.add(new MemoryRegions.Region(entry.guest, entry.user, map(entry, descriptors[i])));
    }
    return new MemoryRegions(mapped);
  }

  private MemorySegment map(Entry entry, int descriptor) throws VhostFault.Refused {
    if (!HostFile.readWrite(descriptor)) {
      throw new VhostFault.Refused(VhostFault.REGION_READ_ONLY);
    }
    long end = entry.offset + entry.size;
    Path file = Path.of("/proc/self/fd/" + descriptor);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (end > channel.size()) {
        throw new VhostFault.Refused(VhostFault.REGION_OUTSIDE_FILE);
      }
      shrinkable |= !HostFile.sealedAgainstShrinking(descriptor);
      MemorySegment whole = channel.map(FileChannel.MapMode.READ_WRITE, 0, end, arena);
      return whole.asSlice(entry.offset, entry.size);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException problem) {
      throw new VhostFault.Refused(VhostFault.REGION_NOT_MAPPABLE);
    }
  }

  /** Whether the other end could cut any of the files short. */
  boolean shrinkable() {
    return shrinkable;
  }

  MemoryRegions regions() {
    return regions;
  }

  @Override
  public void close() {
    arena.close();
  }
}
