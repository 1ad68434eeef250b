package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chains of states under 64-bit keys: open addressing with linear probing, at most half full. Keys
 * stand in an array of their own, so that a look-up that misses reads one line of memory as a rule,
 * however many states there are. Two different identities may share a key; the head of the chain
 * says whose it is.
 */
abstract class StateTable {
  private static final int INITIAL = 16;
  private static final long ODD = 0x9e37_79b9_7f4a_7c15L;
  private static final long OTHER = 0xd6e8_feb8_6659_fd93L;

  /** 0 where there is none. */
  long[] keys = new long[INITIAL];

  @Nullable State[] heads = new @Nullable State[INITIAL];
  private int used;

  /** Whether two states belong into one chain. */
  abstract boolean alike(State one, State other);

  /** The key of a state's chain. */
  abstract long key(State state);

  /** Stirs a word into a key under construction. */
  static long stir(long key, long word) {
    long mixed = (key ^ word) * ODD;
    return mixed ^ mixed >>> 32;
  }

  /** Ends the construction of a key, which is never 0. */
  static long finish(long key) {
    long mixed = key * OTHER;
    mixed ^= mixed >>> 32;
    return mixed == 0 ? 1 : mixed;
  }

  /** The place of a state's chain, or the free place where it would begin. */
  final int place(State state) {
    long key = key(state);
    int mask = keys.length - 1;
    int place = (int) key & mask;
    while (keys[place] != 0) {
      State head = heads[place];
      if (keys[place] == key && head != null && alike(head, state)) {
        break;
      }
      place = place + 1 & mask;
    }
    return place;
  }

  /** Begins a chain at the free place that {@link #place} gave. */
  final void begin(int place, State head) {
    keys[place] = key(head);
    heads[place] = head;
    if (++used > keys.length / 2) {
      grow();
    }
  }

  private void grow() {
    long[] oldKeys = keys;
    @Nullable State[] oldHeads = heads;
    int mask = oldKeys.length * 2 - 1;
    keys = new long[mask + 1];
    heads = new @Nullable State[mask + 1];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int place = (int) oldKeys[i] & mask;
        while (keys[place] != 0) {
          place = place + 1 & mask;
        }
        keys[place] = oldKeys[i];
        heads[place] = oldHeads[i];
      }
    }
  }

  /** Ends a chain: those behind it move up, so that no search stops early. */
  final void end(int place) {
    used--;
    int mask = keys.length - 1;
    int hole = place;
    for (int next = hole + 1 & mask; keys[next] != 0; next = next + 1 & mask) {
      int home = (int) keys[next] & mask;
      if ((next - home & mask) >= (next - hole & mask)) {
        keys[hole] = keys[next];
        heads[hole] = heads[next];
        hole = next;
      }
    }
    keys[hole] = 0;
    heads[hole] = null;
  }

  /** Forgets everything. */
  void clear() {
    used = 0;
    if (keys.length > INITIAL) {
      keys = new long[INITIAL];
      heads = new @Nullable State[INITIAL];
    } else {
      Arrays.fill(keys, 0);
      Arrays.fill(heads, null);
    }
  }
}
