package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A hash table whose entries carry their own key of 160 bits: asking it makes no garbage and costs
 * one line of cache for most misses. Open addressing with linear probing; nothing depends on the
 * order of its slots.
 */
final class KeyTable<E extends KeyTable.Entry> {
  /** What can stand in a table. The key must not change while it does. */
  abstract static class Entry {
    long keyHigh;
    long keyLow;
    int keyExtra;
  }

  private static final int SMALLEST = 8;

  /** 0 where the slot is free. */
  private int[] hashes = new int[SMALLEST];

  private @Nullable Entry[] slots = new @Nullable Entry[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  private static int hash(long high, long low, int extra) {
    long mixed = (high ^ extra) * 0x9e37_79b9_7f4a_7c15L;
    mixed = ((mixed ^ mixed >>> 32) + low) * 0xc2b2_ae3d_27d4_eb4fL;
    mixed = (mixed ^ mixed >>> 29) * 0x1656_67b1_9e37_79f9L;
    int folded = (int) (mixed ^ mixed >>> 32);
    return folded == 0 ? 1 : folded;
  }

  @SuppressWarnings("unchecked") // only E are put in
  @Nullable E get(long high, long low, int extra) {
    int[] tags = hashes;
    int mask = tags.length - 1;
    int hash = hash(high, low, extra);
    for (int at = hash & mask; tags[at] != 0; at = at + 1 & mask) {
      if (tags[at] == hash) {
        Entry entry = slots[at];
        if (entry != null
            && entry.keyHigh == high
            && entry.keyLow == low
            && entry.keyExtra == extra) {
          return (E) entry;
        }
      }
    }
    return null;
  }

  /** Adds an entry whose key is not in the table. */
  void add(E entry) {
    if (++size * 2 > hashes.length) {
      grow();
    }
    place(entry, hash(entry.keyHigh, entry.keyLow, entry.keyExtra));
  }

  private void place(Entry entry, int hash) {
    int mask = hashes.length - 1;
    int at = hash & mask;
    while (hashes[at] != 0) {
      at = at + 1 & mask;
    }
    hashes[at] = hash;
    slots[at] = entry;
  }

  private void grow() {
    int[] oldHashes = hashes;
    @Nullable Entry[] old = slots;
    hashes = new int[oldHashes.length * 2];
    slots = Arrays.copyOf(new @Nullable Entry[0], hashes.length);
    for (int i = 0; i < old.length; i++) {
      Entry entry = old[i];
      if (entry != null) {
        place(entry, oldHashes[i]);
      }
    }
  }

  /** Removes an entry that is in the table. */
  @SuppressWarnings("ReferenceEquality") // the entry itself
  void remove(E entry) {
    int mask = hashes.length - 1;
    int at = hash(entry.keyHigh, entry.keyLow, entry.keyExtra) & mask;
    while (slots[at] != entry) {
      if (hashes[at] == 0) {
        throw new IllegalStateException("not in the table");
      }
      at = at + 1 & mask;
    }
    size--;
    // Whatever follows without a gap and may stand here moves up, so that no tombstone is needed.
    int hole = at;
    for (int next = hole + 1 & mask; hashes[next] != 0; next = next + 1 & mask) {
      int home = hashes[next] & mask;
      if ((next - home & mask) >= (next - hole & mask)) {
        hashes[hole] = hashes[next];
        slots[hole] = slots[next];
        hole = next;
      }
    }
    hashes[hole] = 0;
    slots[hole] = null;
  }
}
