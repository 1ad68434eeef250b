package org.larval.nic;

import java.lang.foreign.MemorySegment;

/**
 * All memory by address. A ring is read ten times a frame; a segment of its own would check bounds,
 * scope and thread each time. So whoever reads here knows that the bytes are in a segment that it
 * holds: rings mask their indexes, addresses of frames come from {@link MemoryRegions#find}, and
 * the faces ask once a turn whether the memory is still mapped.
 */
@SuppressWarnings("restricted") // what makes it safe is said above
final class NativeMemory {
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}
}
