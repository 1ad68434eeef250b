package org.larval.xfrm;

/**
 * How many states have an SPI under a protocol, whatever their destination: allocation asks for one
 * that nobody has (xfrm_state_lookup_spi_proto). Open addressing, at most half full.
 */
final class SpiCounts {
  private static final long ODD = 0x9e37_79b9_7f4a_7c15L;

  private long[] keys = new long[16];
  private int[] counts = new int[16];
  private int used;

  private static long key(int spi, int protocol) {
    return (long) protocol << 32 | spi & 0xffff_ffffL;
  }

  private int place(long key) {
    int mask = keys.length - 1;
    int place = home(key, mask);
    while (keys[place] != 0 && keys[place] != key) {
      place = place + 1 & mask;
    }
    return place;
  }

  private static int home(long key, int mask) {
    long mixed = key * ODD;
    return (int) (mixed >>> 32) & mask;
  }

  boolean has(int spi, int protocol) {
    return keys[place(key(spi, protocol))] != 0;
  }

  void add(int spi, int protocol) {
    long key = key(spi, protocol);
    int place = place(key);
    if (keys[place] == 0) {
      keys[place] = key;
      used++;
    }
    counts[place]++;
    if (used > keys.length / 2) {
      grow();
    }
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new long[oldKeys.length * 2];
    counts = new int[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int place = place(oldKeys[i]);
        keys[place] = oldKeys[i];
        counts[place] = oldCounts[i];
      }
    }
  }

  void remove(int spi, int protocol) {
    int hole = place(key(spi, protocol));
    if (keys[hole] == 0 || --counts[hole] > 0) {
      return;
    }
    used--;
    int mask = keys.length - 1;
    for (int next = hole + 1 & mask; keys[next] != 0; next = next + 1 & mask) {
      if ((next - home(keys[next], mask) & mask) >= (next - hole & mask)) {
        keys[hole] = keys[next];
        counts[hole] = counts[next];
        hole = next;
      }
    }
    keys[hole] = 0;
    counts[hole] = 0;
  }
}
