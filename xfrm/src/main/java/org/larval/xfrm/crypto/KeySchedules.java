package org.larval.xfrm.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where expanded keys live. An expanded key is a kilobyte: for a few thousand SAs it pays to keep
 * them, but with very many SAs whose packets come in any order each would come from far memory, and
 * expanding the raw key for each packet is faster. So there is a count of SAs from which on nothing
 * is kept, and a lower one from which on it is kept again.
 */
final class KeySchedules {
  /** No place. */
  static final long NONE = 0;

  /** From this many SAs on, keys are expanded for each packet. */
  static final int CROWDED = 20_000;

  private static final int ALIGNMENT = 64;
  private static final int FIRST_CHUNK = 8;
  private static final int LAST_CHUNK = 1024;

  private final Arena arena = Arena.ofAuto();
  private final int bytes;
  private final int crowdedFrom;
  private final int roomyAgain;
  private int count;
  private boolean crowded;
  private int chunk = FIRST_CHUNK;
  private long[] free = new long[FIRST_CHUNK];
  private int freeCount;

  /**
   * A store without keys.
   *
   * @param keyData bytes of an expanded key
   * @param crowdedFrom the number of SAs from which on keys are not kept
   */
  KeySchedules(int keyData, int crowdedFrom) {
    bytes = (keyData + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    this.crowdedFrom = crowdedFrom;
    roomyAgain = crowdedFrom / 4 * 3;
  }

  /** An SA came. */
  void join() {
    count++;
    crowded |= count >= crowdedFrom;
  }

  /** An SA went. */
  void leave() {
    count--;
    crowded &= count > roomyAgain;
  }

  /** Whether there are so many SAs that keys are better expanded for each packet. */
  boolean crowded() {
    return crowded;
  }

  /** The address of memory for an expanded key, aligned to 64 bytes; all zeros. */
  long take() {
    if (freeCount == 0) {
      grow();
    }
    return free[--freeCount];
  }

  private void grow() {
    long address = arena.allocate((long) chunk * bytes, ALIGNMENT).address();
    if (free.length < chunk) {
      free = Arrays.copyOf(free, chunk);
    }
    for (int i = chunk - 1; i >= 0; i--) {
      free[freeCount++] = address + (long) i * bytes;
    }
    chunk = Math.min(2 * chunk, LAST_CHUNK);
  }

  /** Overwrites an expanded key and takes its memory back. */
  @SuppressWarnings("restricted") // an address that take() gave, and so many bytes are behind it
  void give(long address) {
    MemorySegment.ofAddress(address).reinterpret(bytes).fill((byte) 0);
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * free.length);
    }
    free[freeCount++] = address;
  }
}
