package org.larval.net;

import java.util.Arrays;

/**
 * Which station stands behind which port: an open-addressing hash of bounded size, with the entries
 * in a list by when they were last seen. Entries age out without anybody sweeping: an old one is
 * not found, and its room is used first. Allocates nothing after it was made.
 *
 * <pre>
 *   slots  [ . 3 . . 1 2 . . ]  hash of key -> entry, linear probing, at most half full
 *   entry   key, port, seen, older, newer
 *   oldest -> entry -> entry -> newest
 * </pre>
 */
final class MacTable {
  /** Answer of {@link #port} for a station that is not known. */
  static final int UNKNOWN = -1;

  private static final int NONE = -1;

  private final long ageNanos;
  private final long[] keys;
  private final int[] ports;
  private final long[] seen;
  private final int[] older;
  private final int[] newer;

  /** Entry of a slot, {@link #NONE} for a free one. */
  private final int[] slots;

  private final int shift;
  private int oldest = NONE;
  private int newest = NONE;
  private int free;
  private int size;

  /**
   * An empty table.
   *
   * @param capacity stations at most, 1 to 1,048,576
   * @param ageNanos how long a station is remembered after it was last seen
   */
  MacTable(int capacity, long ageNanos) {
    if (capacity < 1 || capacity > 1 << 20 || ageNanos < 1) {
      throw new IllegalArgumentException("a table holds 1 to 1048576 stations for some time");
    }
    this.ageNanos = ageNanos;
    keys = new long[capacity];
    ports = new int[capacity];
    seen = new long[capacity];
    older = new int[capacity];
    newer = new int[capacity];
    int bits = 32 - Integer.numberOfLeadingZeros(capacity * 2 - 1);
    slots = new int[1 << bits];
    shift = 64 - bits;
    clear();
  }

  /** Address and VLAN in one number. Without a tag and with a priority tag (0) it is the same. */
  static long key(long mac, int vlan) {
    return (long) Math.max(0, vlan) << 48 | mac;
  }

  /**
   * Notes that a station sent a frame.
   *
   * @return the port at which it was until now, or {@link #UNKNOWN} if it is new
   */
  int learn(long now, long key, int port) {
    int slot = find(key);
    int entry = slots[slot];
    if (entry != NONE) {
      int before = expired(now, entry) ? UNKNOWN : ports[entry];
      ports[entry] = port;
      seen[entry] = now;
      if (entry != newest) {
        unlink(entry);
        linkNewest(entry);
      }
      return before;
    }
    if (size == keys.length) {
      remove(oldest);
      slot = find(key);
    }
    entry = free;
    free = newer[entry];
    size++;
    keys[entry] = key;
    ports[entry] = port;
    seen[entry] = now;
    slots[slot] = entry;
    linkNewest(entry);
    return UNKNOWN;
  }

  /** The port behind which a station was seen lately, or {@link #UNKNOWN}. */
  int port(long now, long key) {
    int entry = slots[find(key)];
    return entry == NONE || expired(now, entry) ? UNKNOWN : ports[entry];
  }

  /** Forgets the stations behind a port. */
  void forget(int port) {
    int entry = oldest;
    while (entry != NONE) {
      int next = newer[entry];
      if (ports[entry] == port) {
        remove(entry);
      }
      entry = next;
    }
  }

  /** Stations that are remembered now. */
  int size(long now) {
    while (oldest != NONE && expired(now, oldest)) {
      remove(oldest);
    }
    return size;
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(slots, NONE);
    oldest = NONE;
    newest = NONE;
    size = 0;
    free = 0;
    for (int i = 0; i < newer.length; i++) {
      newer[i] = i + 1;
    }
  }

  /** As Linux: an entry is too old from exactly its age on. */
  private boolean expired(long now, int entry) {
    return now - seen[entry] >= ageNanos;
  }

  /** The slot of a key, or the free one where it belongs. */
  private int find(long key) {
    int slot = home(key);
    while (slots[slot] != NONE && keys[slots[slot]] != key) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private int home(long key) {
    long mixed = (key ^ key >>> 32) * 0x9e37_79b9_7f4a_7c15L;
    return (int) ((mixed ^ mixed >>> 29) * 0xbf58_476d_1ce4_e5b9L >>> shift);
  }

  private void remove(int entry) {
    int hole = find(keys[entry]);
    unlink(entry);
    newer[entry] = free;
    free = entry;
    size--;
    // close the gap: what probing had pushed past the hole moves back into it
    int at = hole;
    while (true) {
      at = at + 1 & slots.length - 1;
      if (slots[at] == NONE) {
        break;
      }
      int home = home(keys[slots[at]]);
      if ((at - home & slots.length - 1) >= (at - hole & slots.length - 1)) {
        slots[hole] = slots[at];
        hole = at;
      }
    }
    slots[hole] = NONE;
  }

  private void unlink(int entry) {
    if (older[entry] == NONE) {
      oldest = newer[entry];
    } else {
      newer[older[entry]] = newer[entry];
    }
    if (newer[entry] == NONE) {
      newest = older[entry];
    } else {
      older[newer[entry]] = older[entry];
    }
  }

  private void linkNewest(int entry) {
    older[entry] = newest;
    newer[entry] = NONE;
    if (newest == NONE) {
      oldest = entry;
    } else {
      newer[newest] = entry;
    }
    newest = entry;
  }
}
