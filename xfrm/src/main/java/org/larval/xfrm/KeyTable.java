package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A hash table whose entries carry their own key of 160 bits. Asking it makes no garbage, and one
 * byte beside each slot tells nearly all misses, so that they touch no entry. Open addressing with
 * linear probing; nothing depends on the order of its slots.
 */
final class KeyTable<E extends KeyTable.Entry> {
  /** What can stand in a table. The key must not change while it does. */
  abstract static class Entry {
    long keyHigh;
    long keyLow;
    int keyExtra;

    final int hash() {
      return KeyTable.hash(keyHigh, keyLow, keyExtra);
    }
  }

  private static final int SMALLEST = 8;

  /** 0 where the slot is free, else a part of the hash that does not choose the slot. */
  private byte[] tags = new byte[SMALLEST];

  private @Nullable Entry[] slots = new @Nullable Entry[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  private static int hash(long high, long low, int extra) {
    long mixed = (high ^ extra) * 0x9e37_79b9_7f4a_7c15L;
    mixed = ((mixed ^ mixed >>> 32) + low) * 0xc2b2_ae3d_27d4_eb4fL;
    mixed = (mixed ^ mixed >>> 29) * 0x1656_67b1_9e37_79f9L;
    return (int) (mixed ^ mixed >>> 32);
  }

  private static byte tag(int hash) {
    return (byte) (hash >>> 24 | 1);
  }

  @SuppressWarnings("unchecked") // only E are put in
  @Nullable E get(long high, long low, int extra) {
    byte[] all = tags;
    int mask = all.length - 1;
    int hash = hash(high, low, extra);
    byte tag = tag(hash);
    for (int at = hash & mask; all[at] != 0; at = at + 1 & mask) {
      if (all[at] == tag) {
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
    if (++size * 2 > tags.length) {
      @Nullable Entry[] old = slots;
      tags = new byte[old.length * 2];
      slots = Arrays.copyOf(new @Nullable Entry[0], old.length * 2);
      for (Entry each : old) {
        if (each != null) {
          place(each);
        }
      }
    }
    place(entry);
  }

  private void place(Entry entry) {
    int hash = entry.hash();
    int mask = tags.length - 1;
    int at = hash & mask;
    while (tags[at] != 0) {
      at = at + 1 & mask;
    }
    tags[at] = tag(hash);
    slots[at] = entry;
  }

  /** Removes an entry that is in the table. */
  @SuppressWarnings("ReferenceEquality") // the entry itself
  void remove(E entry) {
    int mask = tags.length - 1;
    int hole = entry.hash() & mask;
    while (slots[hole] != entry) {
      if (tags[hole] == 0) {
        throw new IllegalStateException("not in the table");
      }
      hole = hole + 1 & mask;
    }
    size--;
    // Whatever follows without a gap and may stand here moves up, so that no tombstone is needed.
    int next = hole + 1 & mask;
    for (Entry moved = slots[next]; moved != null; moved = slots[next]) {
      int home = moved.hash() & mask;
      if ((next - home & mask) >= (next - hole & mask)) {
        tags[hole] = tags[next];
        slots[hole] = moved;
        hole = next;
      }
      next = next + 1 & mask;
    }
    tags[hole] = 0;
    slots[hole] = null;
  }
}
